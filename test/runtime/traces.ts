const [trace, span] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"];

/**
 * Headers `traceparent`: what each is, and whether its trace goes on; https://www.w3.org/TR/trace-context-2/
 *
 * Flags that go on are "01" then.
 */
export const traces: readonly (readonly [name: string, traceparent: string, goesOn: boolean])[] = [
  ["a trace of this version", `00-${trace}-${span}-01`, true],
  ["flags that nobody knows yet", `00-${trace}-${span}-f9`, true],
  ["a trace of a later version", `01-${trace}-${span}-01`, true],
  ["a trace of a later version with more fields", `cc-${trace}-${span}-01-what-the-future-brings`, true],
  ["a trace of the last version", `fe-${trace}-${span}-01`, true],
  ["version ff, which is none", `ff-${trace}-${span}-01`, false],
  ["more fields than this version has", `00-${trace}-${span}-01-more`, false],
  ["a later version with something that is no field", `01-${trace}-${span}-01.more`, false],
  ["a trace's id of zeros", `00-${"0".repeat(32)}-${span}-01`, false],
  ["a span's id of zeros", `00-${trace}-${"0".repeat(16)}-01`, false],
  ["a trace in capitals", `00-${trace.toUpperCase()}-${span}-01`, false],
  ["a trace that is cut", `00-${trace}-${span}`, false],
];
