/** What the exit status of the command says; scripts and continuous integration read it. */
export const EXIT = {
  held: 0,
  lawBroke: 1,
  badUsage: 2,
  inconclusive: 3,
  notDeterministic: 5,
  harnessCrashed: 70,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The command line or an input of the user is wrong: the message says what, where, and what to do. */
export class BadUsage extends Error {
  override readonly name = 'BadUsage';
}
