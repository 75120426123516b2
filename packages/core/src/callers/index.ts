/** The table of commands alone, for who knows of a server only by its clients: a page in a browser. */
export { arities, hasWrongArity } from "./command-arity.js";
export { type CommandEntry, commandTable } from "./command-table.js";
