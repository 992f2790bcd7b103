/** Jobs about keyed state: every kind of it, with and without time to live. */
export { bigState } from './big-state.ts';
export { dedup } from './dedup.ts';
export { joinBuffers } from './join-buffers.ts';
export { onlineLearning } from './online-learning.ts';
export { pattern } from './pattern.ts';
export { sessions } from './sessions.ts';
