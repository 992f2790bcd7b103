/**
 * "Ours versus Flink": every rule in which we differ, why, and the line of core/SEMANTICS.md that says so. The table in
 * core/README.md is made from here, with the cases counted (`conformance.test.ts`).
 */
export interface Row {
  readonly id: string;
  readonly rule: string;
  readonly flink: string;
  readonly ours: string;
  readonly why: string;
  /** The section of core/SEMANTICS.md that holds the line marked *ours*, and words of that line. */
  readonly semantics: { readonly section: string; readonly words: string };
}

export const ROWS = [
  {
    id: 'cancel-older',
    rule: 'A cancel marker for checkpoint n comes while an older m pends',
    flink: 'only n is aborted, m is forgotten',
    ours: 'm is aborted too, as subsumed',
    why: 'the coordinator hears of m at once; otherwise m holds its place among the concurrent checkpoints until it expires',
    semantics: { section: 'Barriers at a task', words: 'is aborted too, as subsumed' },
  },
  {
    id: 'cancel-announced',
    rule: 'A cancel marker for a checkpoint of which only announcements have come',
    flink: 'is ignored; the checkpoint pends until a newer one comes',
    ours: 'aborts it',
    why: 'no barrier will follow the marker on that channel, so nothing can come of the checkpoint',
    semantics: {
      section: 'Barriers at a task',
      words: 'a marker of which only announcements have come is taken as well',
    },
  },
  {
    id: 'at-least-once-older',
    rule: 'At-least-once: older checkpoints that a snapshot, or a cancel marker on the only channel left, leaves behind',
    flink: 'are forgotten',
    ours: 'are aborted: as subsumed, or for the marker',
    why: 'as above: the coordinator and the tasks downstream hear of it at once',
    semantics: { section: 'Barriers at a task', words: 'what a snapshot leaves behind is aborted as subsumed' },
  },
  {
    id: 'finished-split',
    rule: 'A split that has been read to its end',
    flink: 'leaves the minimum at the next update of another split',
    ours: 'leaves it at once',
    why: 'a reader whose other splits are quiet would hold event time back for no reason',
    semantics: {
      section: 'Watermarks and idleness',
      words: 'a split that has been read to its end leaves the minimum',
    },
  },
  {
    id: 'active-at-once',
    rule: 'An idle reader reads a record of an idle split, or gets a new one',
    flink: 'the reader is active when its watermark next rises, or at the next period',
    ours: 'is active at once, before the record goes out',
    why: 'a source is never idle while its reader holds an unread record',
    semantics: { section: 'Watermarks and idleness', words: 'is active again at once' },
  },
  {
    id: 'valve-max',
    rule: 'The end (MAX) of one channel or input while others are idle',
    flink: 'MAX is emitted; what the idle ones bring later is late',
    ours: 'what is at MAX takes no part; MAX is emitted once all have ended',
    why: 'the end of event time must be the end: what an idle channel brings afterwards would be lost',
    semantics: { section: 'Watermarks and idleness', words: 'at MAX has ended: it takes no part' },
  },
  {
    id: 'valve-idle',
    rule: 'Channels of a valve go idle or become aligned again',
    flink: 'the maximum is flushed, and the minimum derived again, under conditions that lose watermarks (FLINK-40475)',
    ours: 'always',
    why: 'the watermark is a function of what the channels say, not of the order in which they went idle',
    semantics: { section: 'Watermarks and idleness', words: 'flush' },
  },
  {
    id: 'restored-watermark',
    rule: 'The watermark of a restored operator',
    flink: 'MIN: an element that was late is accepted, a purged pane opens again (FLINK-5601)',
    ours: 'a floor for each key group, kept in the snapshot (W1 to W8)',
    why: 'this is the point: a run with a restore equals one without',
    semantics: { section: 'Watermarks across a restore', words: 'A snapshot stores `eff(g)` for each owned g' },
  },
  {
    id: 'in-flight-sender',
    rule: "In-flight data of the sender's side at a restore",
    flink: 'is loaded by the new senders and sent again',
    ours: "is replayed at the receivers, behind the receiver's own part",
    why: 'order between the same two key groups is kept over any rescale',
    semantics: { section: 'Barriers at a task', words: 'that of both sides is replayed at the receiver' },
  },
  {
    id: 'in-flight-custom',
    rule: 'In-flight data of a custom edge at an unchanged parallelism',
    flink: 'the mapper names all subtasks, the partitioner filters',
    ours: 'stays where it was',
    why: 'the partitioner is a function of its arguments: it names the same subtask again',
    semantics: { section: 'Barriers at a task', words: 'custom: to' },
  },
  {
    id: 'undefined-stored',
    rule: 'Null is given to `update` of a value state, or to `add` of a reducing or aggregating one',
    flink: 'clears the state',
    ours: 'undefined is refused, as a mistake of the job',
    why: 'a missing field would delete state without a word; what is to be removed is cleared',
    semantics: { section: 'Keyed state', words: 'undefined is refused everywhere' },
  },
  {
    id: 'list-state-order',
    rule: 'Several list states of an operator are redistributed',
    flink: 'in the order of a Java hash map, each from where the one before ended',
    ours: 'in order of name',
    why: 'an order that is a function of the job',
    semantics: { section: 'Joins, async, broadcast, TTL', words: 'Operator states are redistributed in order of name' },
  },
] as const satisfies readonly Row[];

export type RowId = (typeof ROWS)[number]['id'];
