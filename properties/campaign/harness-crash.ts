/** The run threw instead of ending: a bug of the harness. The message says which run it was. */
export class HarnessCrash extends Error {
  override readonly name = 'HarnessCrash';
}
