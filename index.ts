/** `millrace`: what a job is written with. */
export * from './core/api/index.ts';
