import assert from "node:assert/strict";
import { schemaProblems } from "../../../source/workflow-schema.ts";
import { head, ownCache, problemsOf } from "./support.ts";

/** What a definition says behind its `document`, and everything that is found wrong in it. */
const wrong: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "a list of tasks": {
    "do: []": ["2:1: `do` must be a list of tasks, each `- <name>: <task>`, but is []"],
    "do: {a: {set: {x: 1}}}": [
      '2:1: `do` must be a list of tasks, each `- <name>: <task>`, but is {"a":{"set":{"x":1}}}',
    ],
    "do: [a]": ['2:6: must be one task with its name, `- <name>: <task>`, but is "a"'],
    "do: [{a: {set: {x: 1}}, b: {set: {x: 1}}}]": [
      '2:6: must be one task with its name, `- <name>: <task>`, but is {"a":{"set":{"x":1}},"b":{"set":{"x":1}}}',
    ],
    "do: [{a: 1}]": [
      "2:7: `a` must be a task, which says what it does (call, set, for, do, fork, switch, try, raise, wait), but is 1",
    ],
    "do: [{a: {}}]": [
      '2:7: task "a": says nothing that it does; supported are: call, set, for, do, fork, switch, try, raise, wait',
    ],
    "do: [{end: {set: {x: 1}}}]": [
      "2:7: a task must not be named end, since `then: end` means something else; rename it",
    ],
    "do: [{a: {set: {x: 1}, call: count}}]": [
      '2:7: task "a" must do one thing, but has `call` and `set`; make two of it',
    ],
    "do: [{a: {emit: {event: {}}}}]": [
      '2:11: task "a": `emit` is not supported: there are no events; let a function send it; supported are: call, set, for, do, fork, switch, try, raise, wait',
    ],
    "do: [{a: {run: {script: {}}}}]": [
      '2:11: task "a": `run` is not supported: make a function of what it runs, and call that; supported are: call, set, for, do, fork, switch, try, raise, wait',
    ],
    "do: [{a: {do: []}}]": ["2:11: `do` must be a list of tasks, each `- <name>: <task>`, but is []"],
    "do: [{a: {set: {x: 1}, metadata: 1}}]": ["2:24: `metadata` must be a mapping, but is 1"],
    "do: [{a: {set: {x: 1}, metadata: {knflow: {}}}}]": ["2:35: metadata.knflow belongs to `for` tasks; remove it"],
    "do: [{a: {set: {x: 1}, retry: {}}}]": [
      "2:24: `retry` is unknown; supported here are: set, if, input, output, export, timeout, then, metadata",
    ],
  },
  "set, and texts with expressions": {
    "do: [{a: {set: {}}}]": ["2:11: `set` must not be empty; name at least one field"],
    "do: [{a: {set: '${ . }'}}]": [
      '2:11: `set` must be a mapping, what the task gives (for anything else, `output.as` can make it), but is "${ . }"',
    ],
    "do: [{a: {set: {x: 'Hello ${ .name }'}}}]": [
      '2:17: "Hello ${ .name }" has an expression inside, which would stay as it is; an expression must be the whole text, such as ${ "Hello " + .name }',
    ],
    "do: [{a: {set: {x: [{y: '${ .a.. }'}]}}}]": [
      "2:22: the expression ${ .a.. } is no jq: syntax error, unexpected .., expecting end of file",
    ],
    "do: [{a: {set: {x: '${ $secrets.key }'}}}]": [
      "2:17: the expression ${ $secrets.key } is no jq: $secrets is not defined: secrets are not supported; let a function read them",
    ],
    "do: [{a: {set: {x: '${ $authorization }'}}}]": [
      "2:17: the expression ${ $authorization } is no jq: $authorization is not defined: it is not supported; a call's authentication is not told to expressions",
    ],
    "do: [{a: {set: {x: '${ $output }'}}}]": [
      "2:17: the expression ${ $output } is no jq: $output is not defined: known here are $context, $input, $workflow, $runtime, $task",
    ],
  },
  "then, and what it leads to": {
    "do: [{a: {set: {x: 1}, then: c}}, {b: {set: {x: 1}}}]": [
      '2:24: there is no task "c" in this list; `then` can be continue, exit, end, or a task of it: a, b',
    ],
    "do: [{a: {set: {x: 1}, then: 1}}]": [
      "2:24: there is no task 1 in this list; `then` can be continue, exit, end, or a task of it: a",
    ],
    "do: [{a: {set: {x: 1}, then: c}}, {b: {set: {x: 1}}}, {c: {set: {x: 1}}}]": [
      '2:36: task "b" can never run: everything before goes on elsewhere, and no `then` names it; remove it, or let a `then` lead to it',
    ],
    "do: [{a: {set: {x: 1}, then: end}}, {b: {set: {x: 1}}}, {c: {set: {x: 1}}}]": [
      '2:38: task "b" can never run: everything before goes on elsewhere, and no `then` names it; remove it, or let a `then` lead to it',
    ],
    "do: [{a: {do: [{b: {set: {x: 1}, then: exit}}, {c: {set: {x: 1}}}]}}, {d: {set: {x: 1}, then: b}}]": [
      '2:49: task "c" can never run: everything before goes on elsewhere, and no `then` names it; remove it, or let a `then` lead to it',
      '2:89: there is no task "b" in this list; `then` can be continue, exit, end, or a task of it: a, d',
    ],
    "do: [{a: {do: [{b: {set: {x: 1}, then: end}}]}}, {c: {set: {x: 1}}}]": [
      '2:51: task "c" can never run: everything before goes on elsewhere, and no `then` names it; remove it, or let a `then` lead to it',
    ],
    "do: [{a: {raise: {error: {type: 'https://e.com/x', status: 400}}}}, {b: {set: {x: 1}}}]": [
      '2:70: task "b" can never run: everything before goes on elsewhere, and no `then` names it; remove it, or let a `then` lead to it',
    ],
    "do: [{a: {switch: [{x: {when: .x, then: end}}, {y: {then: exit}}]}}, {b: {set: {x: 1}}}]": [
      '2:71: task "b" can never run: everything before goes on elsewhere, and no `then` names it; remove it, or let a `then` lead to it',
    ],
    "do: [{a: {fork: {branches: [{b: {set: {x: 1}}}, {c: {set: {x: 1}, then: end}}]}}}, {d: {set: {x: 1}}}]": [
      '2:85: task "d" can never run: everything before goes on elsewhere, and no `then` names it; remove it, or let a `then` lead to it',
    ],
    "do: [{a: {try: [{b: {set: {x: 1}, then: end}}], catch: {do: [{c: {set: {x: 1}, then: end}}]}}}, {d: {set: {x: 1}}}]":
      [
        '2:98: task "d" can never run: everything before goes on elsewhere, and no `then` names it; remove it, or let a `then` lead to it',
      ],
  },
  "if, timeout and durations": {
    "do: [{a: {set: {x: 1}, if: true}}]": ["2:24: `if` must be an expression, such as ${ .amount > 10 }, but is true"],
    "do: [{a: {set: {x: 1}, if: '.x ==='}}]": [
      "2:24: the expression ${ .x === } is no jq: syntax error, unexpected '='",
    ],
    "do: [{a: {wait: {seconds: 1.5}}}]": [
      '2:11: {"seconds":1.5} is no duration: it must be days, hours, minutes, seconds and milliseconds as whole numbers, such as { seconds: 5 }, or a text such as PT5S',
    ],
    "do: [{a: {wait: 5}}]": [
      "2:11: 5 is no duration: it must be days, hours, minutes, seconds and milliseconds as whole numbers, such as { seconds: 5 }, or a text such as PT5S",
    ],
    "do: [{a: {wait: {fortnights: 1}}}]": [
      '2:11: {"fortnights":1} is no duration: it must be days, hours, minutes, seconds and milliseconds as whole numbers, such as { seconds: 5 }, or a text such as PT5S',
    ],
    "do: [{a: {wait: PT1S, timeout: {}}}]": [
      "2:23: a duration is missing: it must be days, hours, minutes, seconds and milliseconds as whole numbers, such as { seconds: 5 }, or a text such as PT5S",
    ],
    "do: [{a: {wait: PT1S, timeout: {after: PT0S}}}]": [
      "2:33: a timeout of no length would end everything; make it longer",
    ],
    "do: [{a: {wait: PT1S, timeout: {after: PT1S, then: end}}}]": [
      "2:46: `then` is unknown; supported here are: after",
    ],
    "do: [{a: {wait: PT1S, timeout: short}}]": [
      '2:23: there is no "short" under `use.timeouts`; `use.timeouts` has none',
    ],
    "do: [{a: {wait: PT1S, timeout: 5}}]": [
      "2:23: `timeout` must be such as { after: { seconds: 30 } }, or a name under `use.timeouts`, but is 5",
    ],
    "use: {timeouts: {long: {after: PT1H}}}\ndo: [{a: {wait: PT1S, timeout: short}}]": [
      '3:23: there is no "short" under `use.timeouts`; there is: long',
    ],
    "timeout: {after: 1s}\ndo: [{a: {wait: PT1S}}]": [
      '2:11: "1s" is no duration: it must be days, hours, minutes, seconds and milliseconds as whole numbers, such as { seconds: 5 }, or a text such as PT5S',
    ],
  },
  "input, output and export": {
    "do: [{a: {set: {x: 1}, input: .x}}]": ['2:24: `input` must be a mapping with `from` or `schema`, but is ".x"'],
    "do: [{a: {set: {x: 1}, output: {from: .x}}}]": ["2:33: `from` is unknown; supported here are: as, schema"],
    "do: [{a: {set: {x: 1}, export: {as: 5}}}]": ["2:33: export.as must be an expression or a mapping, but is 5"],
    "do: [{a: {set: {x: 1}, input: {from: [1]}}}]": ["2:32: input.from must be an expression or a mapping, but is [1]"],
    "do: [{a: {set: {x: 1}, input: {from: $output}}}]": [
      "2:32: the expression ${ $output } is no jq: $output is not defined: known here are $context, $input, $workflow, $runtime, $task",
    ],
    "input: {from: $context}\ndo: [{a: {set: {x: 1}}}]": [
      "2:9: the expression ${ $context } is no jq: $context is not defined: known here are $workflow, $runtime",
    ],
    "output: {as: $task}\ndo: [{a: {set: {x: 1}}}]": [
      "2:10: the expression ${ $task } is no jq: $task is not defined: known here are $context, $input, $workflow, $runtime, $output",
    ],
    "output: {as: {x: '${ .a| }'}}\ndo: [{a: {set: {x: 1}}}]": [
      "2:15: the expression ${ .a| } is no jq: syntax error, unexpected end of file",
    ],
    "input: {schema: {document: {type: strin}}}\ndo: [{a: {set: {x: 1}}}]": [
      "2:18: schema.document is no JSON Schema: schema is invalid: data/type must be equal to one of the allowed values, data/type must be array, data/type must match a schema in anyOf",
    ],
    "input: {schema: {document: {$ref: 'https://e.com/s.json'}}}\ndo: [{a: {set: {x: 1}}}]": [
      "2:18: schema.document is no JSON Schema: can't resolve reference https://e.com/s.json from id #",
    ],
    "input: {schema: {document: {$schema: 'http://json-schema.org/draft-04/schema#'}}}\ndo: [{a: {set: {x: 1}}}]": [
      '2:18: schema.document is no JSON Schema: its $schema is "http://json-schema.org/draft-04/schema#"; known are the drafts 2020-12, draft-07',
    ],
    "input: {schema: {resource: {endpoint: 'https://e.com/s.json'}}}\ndo: [{a: {set: {x: 1}}}]": [
      "2:18: `resource` is not supported: write the schema under `document`; supported here are: document, format",
    ],
    "do: [{a: {set: {x: 1}, output: {schema: {format: avro, document: {}}}}}]": [
      '2:42: schema.format must be json, but is "avro"',
    ],
    "do: [{a: {set: {x: 1}, export: {schema: {type: object}}}}]": [
      "2:33: schema.document must be a JSON Schema, but is nothing",
      "2:42: `type` is unknown; supported here are: document, format",
    ],
  },
  call: {
    "do: [{a: {call: nope}}]": ['2:11: there is no function "nope"; the workflow has: split, count'],
    "do: [{a: {call: [count]}}]": ['2:11: there is no function ["count"]; the workflow has: split, count'],
    "do: [{a: {call: count, with: 1}}]": ["2:24: `with` must be a mapping, the function's input, but is 1"],
    "do: [{a: {call: grpc, with: {}}}]": [
      "2:11: the call grpc is not supported; supported are http and functions of the workflow",
    ],
    "do: [{a: {call: count, with: {x: '${ .x| }'}}}]": [
      "2:31: the expression ${ .x| } is no jq: syntax error, unexpected end of file",
    ],
  },
  "call http": {
    "do: [{a: {call: http}}]": ["2:7: `with` must be a mapping with `method` and `endpoint`, but is nothing"],
    "do: [{a: {call: http, with: {}}}]": [
      "2:23: with.method must be one of get, head, post, put, patch, delete, options, but is nothing",
      "2:23: `endpoint` must be an address, or a mapping with `uri`, but is nothing",
    ],
    "do: [{a: {call: http, with: {method: fetch, endpoint: 'ftp://h/'}}}]": [
      '2:30: with.method must be one of get, head, post, put, patch, delete, options, but is "fetch"',
      '2:45: "ftp://h/" is no http or https address',
    ],
    "do: [{a: {call: http, with: {method: get, endpoint: 'http://h/{+x}'}}}]": [
      "2:43: {+x} is not supported in an address; {name}, a field of the task's input, is",
    ],
    "do: [{a: {call: http, with: {method: get, endpoint: 'https://me:secret@h/{x}'}}}]": [
      "2:43: the address must not hold a user or a password; give them by `authentication`",
    ],
    "do: [{a: {call: http, with: {method: get, endpoint: {url: 'http://h/'}}}}]": [
      "2:43: `uri` must be an http or https address, such as https://example.com/items/{id}, but is nothing",
      "2:54: `url` is unknown; supported here are: uri, authentication",
    ],
    "do: [{a: {call: http, with: {method: get, endpoint: '${ .x| }'}}}]": [
      "2:43: the expression ${ .x| } is no jq: syntax error, unexpected end of file",
    ],
    "do: [{a: {call: http, with: {method: get, endpoint: 'http://h/', query: [1], headers: x, output: json, redirect: 1, uri: y}}}]":
      [
        "2:66: `query` must be a mapping, but is [1]",
        '2:78: `headers` must be a mapping, but is "x"',
        '2:90: with.output must be one of content, response, raw, but is "json"',
        "2:104: with.redirect must be true or false, but is 1",
        "2:117: `uri` is unknown; supported here are: method, endpoint, headers, query, body, output, redirect",
      ],
    "do: [{a: {call: http, with: {method: get, endpoint: 'http://h/', headers: {Host: x, a b: y, c: [1], d: \"x\\ny\"}}}}]":
      [
        "2:76: the header Host is set by knflow; remove it",
        '2:85: "a b" is no name of a header',
        "2:93: a header must be a text, but is [1]",
        "2:101: a header must be one line",
      ],
  },
  authentication: {
    "do: [{a: {call: http, with: {method: get, endpoint: {uri: 'http://h/', authentication: {}}}}}]": [
      "2:72: needs one of `basic` and `bearer`, but has none",
    ],
    "do: [{a: {call: http, with: {method: get, endpoint: {uri: 'http://h/', authentication: {use: me}}}}}]": [
      '2:89: there is no "me" under `use.authentications`; `use.authentications` has none',
    ],
    "do: [{a: {call: http, with: {method: get, endpoint: {uri: 'http://h/', authentication: me}}}}]": [
      '2:72: `authentication` must be a mapping with `basic` or `bearer`, but is "me"',
    ],
    "do: [{a: {call: http, with: {method: get, endpoint: {uri: 'http://h/', authentication: {use: 1}}}}}]": [
      "2:89: `use` must be a name under `use.authentications`, but is 1",
    ],
    "do: [{a: {call: http, with: {method: get, endpoint: {uri: 'http://h/', authentication: {basic: {username: a}, bearer: {token: 1}}}}}}]":
      [
        "2:72: needs one of `basic` and `bearer`, but has both",
        "2:89: `password` must be a text, but is nothing",
        "2:120: `token` must be a text, but is 1",
      ],
    "do: [{a: {call: http, with: {method: get, endpoint: {uri: 'http://h/', authentication: {oauth2: {}}}}}}]": [
      "2:89: `oauth2` is not supported: use basic or bearer, or let a function make the call; supported here are: basic, bearer",
    ],
    "do: [{a: {call: http, with: {method: get, endpoint: {uri: 'http://h/', authentication: {bearer: {use: token}}}}}}]":
      [
        "2:89: `token` must be a text, but is nothing",
        "2:98: `use` is not supported: there are no secrets; let a function make the call; supported here are: token",
      ],
    "use: {authentications: {me: {bearer: {token: '${ $x }'}}}}\ndo: [{a: {call: http, with: {method: get, headers: {Authorization: x}, endpoint: {uri: 'http://h/', authentication: {use: me}}}}}]":
      [
        "2:39: the expression ${ $x } is no jq: $x is not defined: known here are $context, $input, $workflow, $runtime, $task",
        "3:53: the endpoint's authentication sets this header; remove one of the two",
      ],
  },
  for: {
    "do: [{a: {for: [], do: [{b: {set: {x: 1}}}]}}]": [
      "2:11: `for` must be a mapping with `in`, and `each` and `at` if you like, but is []",
      "2:11: for.in must be an expression that gives a list, such as ${ .parts }",
    ],
    "do: [{a: {for: {in: [1]}, do: [{b: {set: {x: 1}}}]}}]": [
      "2:17: for.in must be an expression that gives a list, such as ${ .parts }",
    ],
    "do: [{a: {for: {in: .x, each: $x, at: input}, do: [{b: {set: {x: 1}}}]}}]": [
      '2:25: for.each must be the name of a variable, without $, but is "$x"',
      "2:35: for.at must not be input: $input is a variable of the language; choose another name",
    ],
    "do: [{a: {for: {in: .x, each: i, at: i}, do: [{b: {set: {x: 1}}}]}}]": [
      "2:11: for.each and for.at are both i; rename one",
    ],
    "do: [{a: {for: {in: .x}, while: 5}}]": [
      "2:7: `do` must be a list of tasks, each `- <name>: <task>`, but is missing",
      "2:26: `while` must be an expression, such as ${ .amount > 10 }, but is 5",
    ],
    "do: [{a: {for: {in: $item}, while: $item, do: [{b: {set: {x: $item}}}]}}]": [
      "2:17: the expression ${ $item } is no jq: $item is not defined: known here are $context, $input, $workflow, $runtime, $task",
    ],
    "do: [{a: {for: {in: .x}, while: .y, metadata: {knflow: {map: {}}}, do: [{b: {set: {x: 1}}}]}}]": [
      "2:26: a parallel map runs every item, so it can have no `while`; remove one of the two",
    ],
    "do: [{a: {for: {in: .x}, metadata: {knflow: {map: {concurrency: 0}}}, do: [{b: {set: {x: 1}}}]}}]": [
      "2:26: metadata.knflow.map.concurrency must be a whole number from 1 to 100, but is 0",
    ],
    "do: [{a: {for: {in: .x}, metadata: {knflow: {mpa: {}}}, do: [{b: {set: {x: 1}}}]}}]": [
      "2:26: metadata.knflow must be { map: { concurrency: <number> } }",
    ],
  },
  fork: {
    "do: [{a: {fork: []}}]": ["2:11: `fork` must be a mapping with `branches`, and `compete` if you like, but is []"],
    "do: [{a: {fork: {branches: []}}}]": [
      "2:18: `branches` must be a list of tasks, each `- <name>: <task>`, but is []",
    ],
    "do: [{a: {fork: {branches: [{b: {set: {x: 1}, then: c}}, {c: {set: {x: 1}, then: d}}], compete: first, x: 1}}}]": [
      '2:47: the branches of a fork run at the same time, so `then` can be continue, exit, end, but not "c"',
      '2:76: `then` can be continue, exit, end in a branch of a fork, but not "d"',
      '2:88: fork.compete must be true or false, but is "first"',
      "2:104: `x` is unknown; supported here are: branches, compete",
    ],
  },
  switch: {
    "do: [{a: {switch: {}}}]": ["2:11: `switch` must be a list of cases, each `- <name>: { when, then }`, but is {}"],
    "do: [{a: {switch: [x]}}]": ['2:20: must be one case with its name, `- <name>: { when, then }`, but is "x"'],
    "do: [{a: {switch: [{x: 1}]}}]": ["2:21: `x` must be a mapping with `when` and `then`, but is 1"],
    "do: [{a: {switch: [{x: {when: 1}}, {x: {when: .x, then: b, else: c}}]}}]": [
      "2:21: the case needs `then`, which says where it goes",
      "2:25: `when` must be an expression, such as ${ .amount > 10 }, but is 1",
      '2:37: there is a case "x" already in this switch; rename one',
      '2:51: there is no task "b" in this list; `then` can be continue, exit, end, or a task of it: a',
      "2:60: `else` is unknown; supported here are: when, then",
    ],
    "do: [{a: {switch: [{x: {then: end}}, {y: {then: exit}}]}}]": [
      '2:39: "x" is without `when` already: only one case can hold where no other does; give this one a `when`',
    ],
    "do: [{a: {switch: [{x: {then: end}}], then: end}}]": [
      '2:39: the case "x" holds where no other does, so the task\'s own `then` never does; remove one of the two',
    ],
  },
  try: {
    "do: [{a: {try: []}}]": [
      "2:7: `catch` must be a mapping with `errors`, `as`, `when`, `exceptWhen`, `retry` or `do`, but is nothing",
      "2:11: `try` must be a list of tasks, each `- <name>: <task>`, but is []",
    ],
    "do: [{a: {try: [{b: {set: {x: 1}}}], catch: {errors: {with: {}}}}}]": [
      "2:55: is empty; remove `errors` in order to catch every error",
    ],
    "do: [{a: {try: [{b: {set: {x: 1}}}], catch: {errors: {with: {status: 200, type: 5, title: '${ .x }', colour: red}}, finally: []}}}]":
      [
        "2:62: status must be a whole number from 300 to 599, but is 200",
        "2:75: type must be a text, but is 5",
        '2:84: errors.with is compared as it is; use `catch.when` for "${ .x }"',
        "2:102: `colour` is unknown; supported here are: type, status, title, instance, detail, details",
        "2:117: `finally` is unknown; supported here are: errors, as, when, exceptWhen, retry, do",
      ],
    "do: [{a: {try: [{b: {set: {x: '${ $error }'}}}], catch: {as: $e, when: 1, do: [{c: {set: {x: '${ $error }'}}}]}}}]":
      [
        "2:28: the expression ${ $error } is no jq: $error is not defined: known here are $context, $input, $workflow, $runtime, $task",
        '2:58: catch.as must be the name of a variable, without $, but is "$e"',
        "2:66: `when` must be an expression, such as ${ .amount > 10 }, but is 1",
      ],
    "do: [{a: {try: [{b: {set: {x: 1}}}], catch: {as: e, exceptWhen: $error.status, do: [{c: {set: {x: '${ $e }'}}}]}}}]":
      [
        "2:53: the expression ${ $error.status } is no jq: $error is not defined: known here are $context, $input, $workflow, $runtime, $task, $e",
      ],
    "do: [{a: {try: [{b: {set: {x: 1}}}], catch: {errors: [1]}}}]": [
      "2:46: `errors` must be a mapping with `with`, but is [1]",
    ],
  },
  retry: {
    "do: [{a: {try: [{b: {set: {x: 1}}}], catch: {retry: often}}}]": [
      '2:46: there is no "often" under `use.retries`; `use.retries` has none',
    ],
    "do: [{a: {try: [{b: {set: {x: 1}}}], catch: {retry: 3}}}]": [
      "2:46: `retry` must be a retry policy such as { delay: { seconds: 1 } }, but is 3",
    ],
    "do: [{a: {try: [{b: {set: {x: 1}}}], catch: {retry: {delay: 1, backoff: {}, limit: {attempt: {count: 0, duration: x}, duration: y, times: 3}, jitter: {from: PT2S, to: PT1S}, when: '.x|', max: 1}}}}]":
      [
        "2:54: 1 is no duration: it must be days, hours, minutes, seconds and milliseconds as whole numbers, such as { seconds: 5 }, or a text such as PT5S",
        "2:64: `backoff` must be one of constant, linear, exponential, but has none",
        "2:95: attempt.count must be a whole number from 1, but is 0",
        '2:105: "x" is no duration: it must be days, hours, minutes, seconds and milliseconds as whole numbers, such as { seconds: 5 }, or a text such as PT5S',
        '2:119: "y" is no duration: it must be days, hours, minutes, seconds and milliseconds as whole numbers, such as { seconds: 5 }, or a text such as PT5S',
        "2:132: `times` is unknown; supported here are: attempt, duration",
        "2:143: jitter.from must not be longer than jitter.to",
        "2:175: the expression ${ .x| } is no jq: syntax error, unexpected end of file",
        "2:188: `max` is unknown; supported here are: when, exceptWhen, delay, backoff, limit, jitter",
      ],
    "do: [{a: {try: [{b: {set: {x: 1}}}], catch: {retry: {backoff: {linear: {}, exponential: {factor: 2}}, limit: 5, jitter: {from: PT1S}}}}}]":
      [
        "2:54: `backoff` must be one of constant, linear, exponential, but has linear and exponential",
        "2:90: `factor` is unknown; nothing is known here; remove it",
        "2:103: `limit` must be a mapping with `attempt` or `duration`, but is 5",
        "2:113: a duration is missing: it must be days, hours, minutes, seconds and milliseconds as whole numbers, such as { seconds: 5 }, or a text such as PT5S",
      ],
    "use: {retries: {often: {when: $e.status == 503}, never: {when: $e}}}\ndo: [{a: {try: [{b: {set: {x: 1}}}], catch: {as: e, retry: often}}}]":
      [
        "2:58: the expression ${ $e } is no jq: $e is not defined: known here are $context, $input, $workflow, $runtime, $task, $error",
      ],
  },
  raise: {
    "do: [{a: {raise: {}}}]": [
      "2:11: `error` must be a mapping with `type` and `status`, or a name under `use.errors`, but is nothing",
    ],
    "do: [{a: {raise: {error: gone}}}]": ['2:19: there is no "gone" under `use.errors`; `use.errors` has none'],
    "do: [{a: {raise: {error: {type: gone, status: 200, titel: x, detail: 5, instance: here}}}}]": [
      '2:27: type must be a URI such as https://example.com/errors/sold-out, but is "gone"',
      "2:39: status must be a whole number from 400 to 599, but is 200",
      "2:52: `titel` is unknown; supported here are: type, status, title, detail, instance",
      "2:62: detail must be a text, but is 5",
      '2:73: instance must be a JSON pointer such as /do/0/pay, but is "here"',
    ],
    "do: [{a: {raise: {error: {type: 'https://e.com/x', status: '400', title: '${ .x| }'}}, then: end, output: {as: .}}}]":
      [
        '2:52: status must be a whole number from 400 to 599, but is "400"',
        "2:67: the expression ${ .x| } is no jq: syntax error, unexpected end of file",
        "2:88: a task that raises an error gives nothing, so its `then` never holds; remove it",
        "2:99: a task that raises an error gives nothing, so its `output` never holds; remove it",
      ],
    "use: {errors: {gone: {type: 'https://e.com/x', status: 410, title: '${ $item }'}}}\ndo: [{a: {for: {in: .x}, do: [{b: {raise: {error: gone}}}]}}, {c: {raise: {error: gone}}}]":
      [
        "2:61: the expression ${ $item } is no jq: $item is not defined: known here are $context, $input, $workflow, $runtime, $task",
      ],
  },
  use: {
    "use: []\ndo: [{a: {set: {x: 1}}}]": ["2:1: `use` must be a mapping, but is []"],
    "use: {secrets: [a], functions: {}, catalogs: {}, extensions: [], x: 1}\ndo: [{a: {set: {x: 1}}}]": [
      "2:7: `secrets` is not supported: let a function read them; supported here are: authentications, errors, retries, timeouts",
      "2:21: `functions` is not supported: make a folder with a function.yaml of it, or write the task where it is to run; supported here are: authentications, errors, retries, timeouts",
      "2:36: `catalogs` is not supported: make the functions the workflow's own; supported here are: authentications, errors, retries, timeouts",
      "2:50: `extensions` is not supported: write the tasks where they are to run; supported here are: authentications, errors, retries, timeouts",
      "2:66: `x` is unknown; supported here are: authentications, errors, retries, timeouts",
    ],
    "use: {errors: [], retries: {a: 1}, timeouts: {a: {}}, authentications: {a: {use: b}}}\ndo: [{a: {set: {x: 1}}}]": [
      "2:7: `errors` must be a mapping of names, but is []",
      "2:29: `a` must be a retry policy such as { delay: { seconds: 1 } }, but is 1",
      "2:47: a duration is missing: it must be days, hours, minutes, seconds and milliseconds as whole numbers, such as { seconds: 5 }, or a text such as PT5S",
      "2:73: needs one of `basic` and `bearer`, but has none",
      "2:77: `use` is unknown; supported here are: basic, bearer",
    ],
  },
};

const http = (endpoint: string, more = "") =>
  `do: [{a: {call: http, with: {method: GET, endpoint: ${endpoint}${more}}}}]`;

const sound: Readonly<Record<string, readonly string[]>> = {
  "what every task may have": [
    "do: [{a: {wait: PT1S, if: .x, input: {from: .x}, output: {as: $output}, export: {as: '${ $context + $output }'}, then: end}}]",
    "do: [{a: {wait: PT1S, timeout: {after: {hours: 1}}, metadata: {mine: 1}, input: {from: {x: '${ $task.input }'}}}}]",
    "do: [{a: {wait: PT1S, input: {schema: {format: json, document: {type: object}}}, output: {schema: {document: true}}}}]",
    "timeout: long\nuse: {timeouts: {long: {after: P1D}}}\ndo: [{a: {wait: PT1S, timeout: long}}]",
    "input: {from: '${ $workflow.input }'}\noutput: {as: '${ [$context, $input, $runtime.name] }'}\ndo: [{a: {wait: PT1S}}]",
  ],
  then: [
    "do: [{a: {wait: PT1S, then: c}}, {b: {wait: PT1S, then: end}}, {c: {wait: PT1S, then: b}}]",
    "do: [{a: {wait: PT1S, if: .x, then: end}}, {b: {wait: PT1S}}]",
    "do: [{a: {wait: PT1S}}, {b: {wait: PT1S, then: a}}]",
    "do: [{a: {for: {in: .x}, do: [{b: {wait: PT1S, then: end}}]}}, {c: {wait: PT1S}}]",
    "do: [{a: {try: [{b: {wait: PT1S, then: end}}], catch: {}}}, {c: {wait: PT1S}}]",
    "do: [{a: {fork: {compete: true, branches: [{b: {wait: PT1S, then: end}}, {c: {wait: PT1S}}]}}}, {d: {wait: PT1S}}]",
  ],
  switch: [
    "do: [{a: {switch: [{x: {when: .x, then: c}}, {y: {then: b}}]}}, {b: {wait: PT1S}}, {c: {wait: PT1S}}]",
    "do: [{a: {switch: [{x: {when: '${ .x }', then: exit}}], then: end}}]",
  ],
  http: [
    http(
      "'https://e.com/{a}/{b_c}?q={d}'",
      ", query: {q: [1, 2]}, headers: {X-A: 1, b: '${ .b }'}, body: [x], output: raw, redirect: true",
    ),
    http("'${ .address }'", ", query: {}, headers: {}, body: '${ .body }'"),
    http("{uri: '${ .address }', authentication: {bearer: {token: '${ .token }'}}}"),
    `use: {authentications: {me: {basic: {username: a, password: b}}}}\n${http("{uri: 'http://e.com', authentication: {use: me}}")}`,
  ],
  "for and fork": [
    "do: [{a: {for: {in: .x}, while: '${ $item < 3 }', do: [{b: {call: count, with: {x: '${ $index }'}}}]}}]",
    "do: [{a: {for: {each: x, at: i, in: .x}, metadata: {knflow: {map: {concurrency: 4}}}, do: [{b: {set: {y: '${ $x + $i }'}}}]}}]",
    "do: [{a: {fork: {branches: [{b: {wait: PT1S, then: exit}}, {c: {do: [{d: {wait: PT1S}}]}}]}}}]",
  ],
  "errors and retries": [
    "do: [{a: {try: [{b: {call: count}}], catch: {errors: {with: {status: 503, type: x, details: y}}, when: $error.status == 503}}}]",
    "do: [{a: {try: [{b: {call: count}}], catch: {retry: {delay: PT1S, backoff: {exponential: {}}, limit: {attempt: {count: 3, duration: PT1S}, duration: PT9S}, jitter: {from: PT0S, to: PT1S}}}}}]",
    "use: {retries: {often: {when: $e.status == 503}}}\ndo: [{a: {try: [{b: {call: count}}], catch: {as: e, retry: often, do: [{c: {set: {x: '${ $e }'}}}]}}}]",
    "use: {errors: {gone: {type: 'https://e.com/gone', status: 410, title: '${ $item }'}}}\ndo: [{a: {for: {in: .x}, do: [{b: {raise: {error: gone}}}]}}]",
    "do: [{a: {raise: {error: {type: '${ .type }', status: 400, instance: /do/0/b, detail: '${ .x }'}}}}]",
  ],
};

describe("the checks of a definition", () => {
  ownCache();

  for (const [subject, cases] of Object.entries(wrong)) {
    it(`find all that is wrong with ${subject}`, () => {
      for (const [text, problems] of Object.entries(cases)) assert.deepEqual(problemsOf(head + text), problems, text);
    });
  }
  for (const [subject, cases] of Object.entries(sound)) {
    it(`let everything pass that there is of ${subject}, and so does the schema of the language`, async () => {
      for (const text of cases) {
        assert.deepEqual(problemsOf(head + text), [], text);
        assert.deepEqual(await schemaProblems(head + text, "workflow.yaml"), [], `the language's schema on ${text}`);
      }
    });
  }

  it("do not take a call of the language for a function of its name", () => {
    const text = `${head}${http("'http://e.com'")}`;
    const fix = "http is a call of the language, so the function of that name cannot be called; rename its folder";
    assert.deepEqual(problemsOf(text, ["http"]), [`2:11: ${fix}`]);
  });

  it("know nothing that every mapping has", () => {
    for (const name of ["constructor", "toString", "__proto__"]) {
      assert.match(problemsOf(`${head}do: [{a: {wait: PT1S, timeout: ${name}}}]`)[0] ?? "", /there is no/);
      assert.match(problemsOf(`${head}do: [{a: {call: ${name}}}]`)[0] ?? "", /there is no function/);
      assert.match(problemsOf(`${head}do: [{a: {wait: PT1S, ${name}: 1}}]`)[0] ?? "", /is unknown/);
    }
  });
});
