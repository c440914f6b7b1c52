import fc from "fast-check";

/** What means something to a shell, to YAML, to a path, to Kubernetes or to an object of JavaScript. */
const pieces = [
  ...[
    "$(id)",
    "`id`",
    "$HOME",
    "${IFS}",
    "$$",
    "$(KNFLOW_CODE_SHA256)",
    "; rm -rf /",
    "&& id",
    "| id",
    "> /tmp/x",
    "'",
    '"',
    "\\",
  ],
  ...[
    "\n",
    "\r\n",
    "\t",
    "\0",
    "\u001b[2J",
    ": {}",
    "- a",
    "{{ x }}",
    "*a",
    "&a",
    "!!js/function x",
    "%0a",
    "#",
    "~",
    "null",
    "yes",
  ],
  ...[
    "../../etc/passwd",
    "/etc/passwd",
    "..\\..\\x",
    "C:\\x",
    "file:///etc/passwd",
    "--kubeconfig=/x",
    "-o",
    "--",
    "@x",
    "%s%n",
  ],
  ...["__proto__", "constructor", "grüße", "\u2028", "\ud83d\ude00", "a", " ", ""],
];

/** Texts that have such pieces, and any others. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { maxLength: 4 }).map((list) => list.join("")),
  fc.string({ unit: "binary", maxLength: 20 }),
);
