/** Every command that users write with, by its upper-case name. What is not here is refused by name. */
import { bitCommands } from "./bit-commands.js";
import { bitfieldCommands } from "./bitfield-command.js";
import { boundedCommands } from "./bounded-command.js";
import type { Command } from "./command.js";
import { conflictCommands } from "./conflict-command.js";
import { counterCommands } from "./counter-commands.js";
import { functionCommands } from "./function-commands.js";
import { hashCommands } from "./hash-commands.js";
import { keyCommands } from "./key-commands.js";
import { listCommands } from "./list-commands.js";
import { listEditCommands } from "./list-edit-commands.js";
import { restoreCommands } from "./restore-command.js";
import { scriptCommands } from "./script-commands.js";
import { setCommands } from "./set-commands.js";
import { sketchCommands } from "./sketch-commands.js";
import { sortCommands } from "./sort-command.js";
import { sortedSetCommands } from "./sorted-set-commands.js";
import { sortedSetStoreCommands } from "./sorted-set-store-commands.js";
import { streamCommands } from "./stream-commands.js";
import { streamGroupCommands } from "./stream-group-commands.js";
import { streamReadCommands } from "./stream-read-command.js";
import { stringCommands } from "./string-commands.js";

export const commands: Record<string, Command | undefined> = {
  ...stringCommands,
  ...counterCommands,
  ...hashCommands,
  ...setCommands,
  ...sortedSetCommands,
  ...sortedSetStoreCommands,
  ...streamCommands,
  ...streamGroupCommands,
  ...streamReadCommands,
  ...sketchCommands,
  ...bitCommands,
  ...bitfieldCommands,
  ...sortCommands,
  ...restoreCommands,
  ...listCommands,
  ...listEditCommands,
  ...keyCommands,
  ...scriptCommands,
  ...functionCommands,
  ...boundedCommands,
  ...conflictCommands,
};
