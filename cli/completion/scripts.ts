/** Shells that {@link completionScript} knows. */
export const shells = ["bash", "zsh", "fish"] as const;

/**
 * Has a shell ask `knflow complete` for what a word may become. Where there is no command `knflow`, it becomes a function that
 * calls the program: completion goes by the first word of a line, and `npx` is somebody else's.
 *
 * @param program the program's file, as one word of the shell
 */
export function completionScript(shell: (typeof shells)[number], program: string): string {
  return { bash, zsh, fish }[shell].replaceAll("PROGRAM", () => program);
}

const bash = `type knflow >/dev/null 2>&1 || knflow() { PROGRAM "$@"; }
_knflow() {
  mapfile -t COMPREPLY < <(knflow complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f 1)
}
complete -o default -F _knflow knflow
`;

const zsh = `(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
whence knflow >/dev/null || knflow() { PROGRAM "$@"; }
_knflow() {
  local -a found
  found=("\${(@f)$(knflow complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -z $found[1] ]]; then _files; else found=("\${(@)found/$'\\t'/:}"); _describe knflow found; fi
}
compdef _knflow knflow
`;

const fish = `type -q knflow; or function knflow; PROGRAM $argv; end
complete -c knflow -a '(knflow complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
`;
