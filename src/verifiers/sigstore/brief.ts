/** Longest piece of foreign text within a message: enough to recognize it by. */
const MAX_LENGTH = 300;

/** Text that somebody else chose, for a message: long ones are cut. */
export const brief = (text: string): string =>
  text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH).toWellFormed()}…`;

/** What was thrown, for a message. */
export const reasonOf = (thrown: unknown): string => brief(thrown instanceof Error ? thrown.message : String(thrown));
