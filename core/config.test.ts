import { expect, it } from 'vitest';
import { checkJobConfig, DEFAULT_JOB_CONFIG } from './config.ts';

const withInline = (inlineStateBytes: number) => () => {
  checkJobConfig({
    ...DEFAULT_JOB_CONFIG,
    checkpointing: { ...DEFAULT_JOB_CONFIG.checkpointing, inlineStateBytes },
  });
};

it.each([0, 1, 20_480, 1_048_576])('state of up to %i bytes may lie in the metadata', (bytes) => {
  expect(withInline(bytes)).not.toThrow();
});

it.each([
  [-1, 'job configuration: checkpointing.inlineStateBytes must be a whole number >= 0, got -1'],
  [0.5, 'job configuration: checkpointing.inlineStateBytes must be a whole number >= 0, got 0.5'],
  [
    1_048_577,
    'checkpointing.inlineStateBytes must be a whole number <= 1048576, got 1048577; larger state belongs into',
  ],
])('%d bytes are refused by name', (bytes, message) => {
  expect(withInline(bytes)).toThrow(message);
});
