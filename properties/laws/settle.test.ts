import { settle } from './settle.ts';
import { mapSteps } from './testing.ts';
import { plain, provesLaw } from './testing-jobs.ts';

provesLaw(settle, {
  stuck: {
    accepts: plain,
    rejects: () => mapSteps(plain(), (step) => (step.step === 'settled' ? { step: 'not-settled' } : step)),
  },
});
