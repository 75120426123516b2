/** Commands made of subcommands (XGROUP, XINFO, OBJECT): how Redis finds them and counts their arguments. */
import { arityError, refuse } from "./errors.js";
import type { Command } from "./model-keyspace.js";

const NAME_LENGTH_MAX = 128;

/** The subcommands' arities count the command's and the subcommand's name; `args` begin after both. */
export function withSubcommands(table: Record<string, Command>): Command {
  return [
    -2,
    (keyspace, [given = "", ...args], name) => {
      const command = table[given.toUpperCase()];
      if (!command) {
        return refuse(`ERR unknown subcommand '${shown(given)}'. Try ${name.toUpperCase()} HELP.`);
      }
      const [arity, run] = command;
      const count = args.length + 2;
      if (arity > 0 ? count !== arity : count < -arity) refuse(arityError(`${name}|${given}`));
      return run(keyspace, args, `${name} ${given}`);
    },
  ];
}

function shown(text: string): string {
  return (text.split("\0", 1)[0] ?? "").slice(0, NAME_LENGTH_MAX);
}

/** What a subcommand answers to arguments that it can't tell apart; `name` as it was given to the subcommand. */
export function subcommandError(name: string): string {
  const [command = "", given = ""] = name.split(" ");
  return `ERR unknown subcommand or wrong number of arguments for '${given}'. Try ${command.toUpperCase()} HELP.`;
}
