import type { Argument, Command, Option } from "commander";

/** What a word on the command line may become. */
export interface Candidate {
  readonly value: string;
  /** In a few words; empty where the value says it all. */
  readonly description: string;
}

/** Names that there are, by the argument or option that takes one: `workflow`, `stack`. */
export type Names = Readonly<Record<string, () => readonly string[]>>;

/**
 * What the last word of a command line may become, by the commands, arguments and options of a program.
 *
 * @param words those behind the program's name; the last one is being typed, and may be empty
 * @returns nothing where any text may stand, such as a file's name
 */
export function candidates(program: Command, words: readonly string[], names: Names): Candidate[] {
  const typed = words.at(-1) ?? "";
  const { command, position, option } = placeOf(program, words.slice(0, -1));
  // bash takes "--stack=dev" apart into three words.
  const begun = typed === "=" ? "" : typed;
  const [, long, value] = /^(--[^=]+)=(.*)$/.exec(typed) ?? [];
  if (long !== undefined && value !== undefined) {
    const given = command.options.find((one) => one.long === long);
    return beginning(value, valuesOf(given, names)).map((one) => ({ ...one, value: `${long}=${one.value}` }));
  }
  if (option !== undefined) return beginning(begun, valuesOf(option, names));
  if (typed.startsWith("-")) return beginning(typed, optionsOf(command));
  const { registeredArguments: taken } = command;
  const last = taken.at(-1);
  const argument = taken[position] ?? (last?.variadic ? last : undefined);
  const commands = position === 0 ? commandsOf(command) : [];
  return beginning(typed, [...commands, ...valuesOf(argument, names)]);
}

/** Where the next word stands: behind which command, as its which argument, or as the value of which option. */
function placeOf(program: Command, words: readonly string[]) {
  let command = program;
  let position = 0;
  let option: Option | undefined;
  for (const word of words) {
    if (option !== undefined) {
      if (word !== "=") option = undefined;
    } else if (word.startsWith("-")) {
      const found = command.options.find((one) => one.short === word || one.long === word);
      if (found !== undefined && (found.required || found.optional)) option = found;
    } else {
      const inner = command.commands.find((one) => one.name() === word);
      if (inner === undefined) position += 1;
      else [command, position] = [inner, 0];
    }
  }
  return { command, position, option };
}

function commandsOf(command: Command): Candidate[] {
  const visible = command.createHelp().visibleCommands(command);
  return visible.map((one) => ({ value: one.name(), description: one.summary() || one.description() }));
}

function optionsOf(command: Command): Candidate[] {
  const visible = command.createHelp().visibleOptions(command);
  return visible.flatMap(({ long, short, description }) =>
    [long, short].flatMap((value) => (value ? [{ value, description }] : [])),
  );
}

function valuesOf(taker: Argument | Option | undefined, names: Names): Candidate[] {
  const name = taker?.name() ?? "";
  const values = taker?.argChoices ?? (Object.hasOwn(names, name) ? (names[name]?.() ?? []) : []);
  return values.map((value) => ({ value, description: "" }));
}

function beginning(text: string, all: readonly Candidate[]): Candidate[] {
  return all.filter(({ value }) => value.startsWith(text));
}
