/** Tests that show a row: those of a suite whose full title matches. */
export interface TestOfRow {
  readonly suite: string;
  readonly title: RegExp;
}

/** A fault or an attack, what has to come of it, and the tests that show that it does. */
export interface Row {
  readonly id: string;
  readonly kind: "Faults" | "Attacks";
  readonly what: string;
  readonly expected: string;
  readonly tests: readonly TestOfRow[];
}

const fault = (id: string, what: string, expected: string, ...tests: TestOfRow[]): Row => ({
  id,
  kind: "Faults",
  what,
  expected,
  tests,
});
const attack = (id: string, what: string, expected: string, ...tests: TestOfRow[]): Row => ({
  id,
  kind: "Attacks",
  what,
  expected,
  tests,
});
const unit = (title: RegExp): TestOfRow => ({ suite: "unit", title });
const components = (title: RegExp): TestOfRow => ({ suite: "components", title });
const runtime = (title: RegExp): TestOfRow => ({ suite: "runtime", title });
const toolchain = (title: RegExp): TestOfRow => ({ suite: "toolchain", title });
const e2e = (title: RegExp): TestOfRow => ({ suite: "e2e", title });

/** What a system of this kind is trusted for, row by row. */
export const rows: readonly Row[] = [
  fault(
    "R1",
    "a byte flipped in a stored archive",
    "its sha256 is refused, the Pod never gets ready and says why, the old Revision serves everything",
    e2e(
      /a damaged archive fails the update with its own message, the old Revision goes on serving, and another update repairs it/,
    ),
    runtime(/an archive with one changed byte/),
  ),
  fault(
    "R2",
    "a download that is cut at any eighth",
    "tried again with growing, jittered pauses, a bounded number of times; never half a tree",
    runtime(/a download that is cut off at every eighth is made again, until it is whole/),
    runtime(/the pauses between attempts grow, and half of each is random/),
  ),
  fault(
    "R3",
    "a sha256 in the environment that is wrong or missing",
    "refused",
    runtime(/ (no sha256|a sha256 that is none|another sha256 than the object's)$/),
  ),
  fault(
    "R4",
    "no file, no handler, a syntax error, a missing import",
    "not ready, with file and line; the update fails with that message",
    e2e(/broken functions fail the update with their own messages/),
    runtime(/ (a syntax error.*|a missing (import|file|package.*)|no handler|no file)$/),
  ),
  fault(
    "R5",
    "a handler raises, ends its process, or hangs",
    "one error reply with the run's id and the next request is served; a fresh container after an exit; 504 after a hang",
    runtime(/a handler that ends the process ends just that/),
    runtime(/504 at the limit, and the next call is served/),
    runtime(/the exception's type and message, no trace/),
    e2e(/a handler that ends its process, and one that takes too long, fail alone/),
  ),
  fault(
    "R6",
    "20 uploads at once, of one object and of several",
    "each is stored once; readers never see half a file",
    runtime(/20 uploads at once, of one object and of several: readers never see half a file/),
    runtime(/20 uploads at once over a damaged object: readers see it as it was, or whole/),
  ),
  fault(
    "R7",
    "a push that is killed half way",
    "nothing at the final name; what it left is removed later",
    e2e(/a push whose kubectl is killed half way shows nothing, and the next one succeeds/),
    runtime(/an upload whose sender is killed half way leaves nothing/),
    runtime(/an upload that is killed itself shows nothing under the object's name/),
    runtime(/removes what a killed upload left an hour ago/),
  ),
  fault(
    "R8",
    "a full volume",
    "a clear error, nothing truncated; it works once there is room",
    runtime(/a full volume: a clear error, nothing left, and it works once there is room/),
  ),
  fault(
    "R9",
    "a file server that is down: for warm Pods, for a cold one, for ever",
    "no errors; ready once it is back; a bounded start that is tried again",
    e2e(/warm Pods need no file server, a cold one waits for it, and one that waited too long says so and heals/),
    runtime(/a file server that is (down is waited for|never there is given up in time)/),
  ),
  fault(
    "R10",
    "a file server that is slow or hangs",
    "the download's deadline ends it",
    runtime(/a file server that (says nothing|sends a byte now and then) is given up in time/),
  ),
  fault(
    "R11",
    "a Pod ends or is killed by force, activator, controllers and gateway are replaced, all under load",
    "no request fails, but those that the killed Pod was answering",
    e2e(/no request fails while what is between clients and functions is replaced, and a Pod ends/),
    e2e(/a Pod that is killed by force fails what it was answering, and nothing else/),
    runtime(/SIGTERM lets calls in flight finish, takes no new ones, and ends with 0/),
  ),
  fault(
    "R12",
    "a function beyond its timeout",
    "504 at the limit, the container stays usable, the workflow's step fails with a timeout error",
    runtime(/504 at the limit, and the next call is served/),
    runtime(/gives a call up that takes longer than its task may/),
    e2e(/a handler that ends its process, and one that takes too long, fail alone/),
  ),
  fault(
    "R13",
    "bodies of 0 and 1 byte, 10 and 100 MB, whole and in chunks",
    "intact, or 413 at a documented limit; memory stays bounded",
    runtime(
      / (a body of 1 byte|POST without a body|10 MB|10 MB in chunks|the largest body|one byte more|100 MB in chunks)$/,
    ),
    runtime(/a body that is refused never fills the memory/),
  ),
  fault(
    "R14",
    "malformed JSON, another content type, invalid UTF-8, 10,000 levels, NaN",
    "400 with a reason, in time; the process goes on",
    runtime(/bodies made to keep a process busy: \S+ /),
    runtime(/ (malformed JSON .*|another content type|invalid UTF-8|10,000 (arrays|objects) inside each other)$/),
    runtime(/requests: whatever is sent a runtime answers below 500 or closes the connection/),
    runtime(/requests: whatever is sent both runtimes give the same status/),
    runtime(/ a number that no double holds: /),
  ),
  fault(
    "R15",
    "Unicode in names, source, input, output and logs",
    "comes back as it went in",
    runtime(/finds its own modules and files, whatever their names/),
    runtime(/echo answers /),
  ),
  fault(
    "R16",
    "code that is updated 20 times while 20 requests a second come in",
    "none fails",
    e2e(/20 updates of a function at 20 requests a second: none failed/),
  ),
  fault(
    "R17",
    "a step fails, takes too long, answers junk; an executor is killed",
    "retried and caught as defined, else a typed failure with the step's place; never a silent loss",
    runtime(/takes up a run .* where its executor was lost/),
    runtime(/calls a function again that fails, as often as its policy says/),
    runtime(/gives a call up that takes longer than its task may, and goes on with what catches it/),
    runtime(
      / (answers no JSON|breaks the connection|does not answer within the run's time, even if it goes on to loop)$/,
    ),
    e2e(/took up the run whose pod was lost, behind its first task/),
  ),
  fault(
    "R18",
    "pulumi up killed at one point after another, then run again, or destroyed",
    "it converges, and the update after that changes nothing; a destroy leaves nothing",
    e2e(/deploys over what killed updates left, and nothing is to be changed then/),
    e2e(/a destroy right after an update that was killed leaves nothing/),
  ),
  fault(
    "R19",
    "a Knative Service or an archive that is deleted by hand",
    "refresh and update restore it, and the update after that changes nothing",
    e2e(/an archive that was deleted by hand, and a Knative Service, come back by refresh and update/),
  ),
  fault(
    "R20",
    "garbage collection while an old Revision is routable, and while others push",
    "nothing goes that a Revision, a Pod, an open run or a stack's state names; no push says that something is there that goes",
    e2e(/garbage collection keeps what a Revision with a route names/),
    runtime(/20 pushes and 20 removals at once/),
    unit(/what knflow gc removes whatever the input/),
  ),
  fault(
    "R21",
    "destroy, update again, destroy twice",
    "nothing is left, and nothing hangs",
    e2e(/a destroy right after an update that was killed leaves nothing/),
    e2e(/deploys over what killed updates left, and nothing is to be changed then/),
    e2e(/destroyed the other stack meanwhile, which can be done twice, and left the first as it was/),
    e2e(/destroys everything it made/),
  ),
  attack(
    "S1",
    "names that lead out of a folder: ../, absolute, backslashes, drive letters, NUL",
    "refused before anything is written, by the packer and by every runtime",
    unit(/accepts no path that leads out of its folder/),
    runtime(/refuses the name /),
  ),
  attack(
    "S2",
    "symbolic and hard links, devices, set-user-id bits",
    "refused; modes are plain",
    runtime(/refuses (a symbolic link|a (character|block) device|a pipe|a socket|the set-.*-id bit|the sticky bit)/),
    runtime(/refuses a hard link, by an extra field/),
    runtime(/gives plain modes, whatever the archive says/),
    runtime(/one verdict on archives made by hand/),
  ),
  attack(
    "S3",
    "bombs: ratio, overlap, very many entries, sizes that lie",
    "ended at limits that are counted while inflating",
    runtime(
      /refuses (a file that inflates a thousandfold|two entries with the same bytes|10,001 entries|65,534 entries|a million entries|five million folders|a table of contents of 20 MB|a file that says to have 4 GB|many files that are too much together)/,
    ),
    runtime(/counts what it inflates: memory stays small, whatever an archive holds/),
  ),
  attack(
    "S4",
    "names twice, headers that disagree, encryption, names that differ in case",
    "refused, with the same verdict everywhere",
    runtime(
      /refuses (a name twice|two (names|sizes|checksums)|an encrypted entry|names that differ in (case|composition))/,
    ),
    runtime(/one verdict on (archives made by hand|damaged archives of the packer|whatever the packer takes)/),
    runtime(/one verdict on whether two names differ, of every letter of Unicode/),
  ),
  attack(
    "S5",
    "paths that lead out of the volume: /data../, %2e%2e, double encoding, //",
    "400 or 404, with the listing on too",
    runtime(/file server GET \S+ gives nothing/),
    runtime(/file server with a listing GET \S+ lists nothing/),
  ),
  attack(
    "S6",
    "PUT, DELETE, COPY, MOVE, MKCOL to the file server",
    "405; it lists nothing unless a stack wants that",
    runtime(/file server (POST|PUT|DELETE|PATCH|COPY|MOVE|MKCOL|PROPFIND|LOCK) is not allowed/),
    runtime(/file server GET \/data\/ gives nothing/),
    runtime(/a listing cannot be written to/),
  ),
  attack(
    "S7",
    "a pod of another namespace, the gateway's among them, or without a function's label, asks the file server",
    "denied, while a function's pod is not; said by the doctor where the network does not enforce it",
    e2e(/its pods may do no more than they must, and nobody else may connect to them/),
    unit(/NetworkPolicies let /),
    unit(/knflow doctor says "(ok|warning)" of policies/),
  ),
  attack(
    "S8",
    "an address of the code that points elsewhere, redirects",
    "only the configured origin is asked, redirects are not followed",
    runtime(/a (permanent )?redirect is not followed/),
    runtime(/asks for the configured object only, below the configured path/),
  ),
  attack(
    "S9",
    "a namespace under Pod Security's restricted level",
    "every pod of a stack is admitted, a plain one is not; read-only root filesystems, no service account token",
    e2e(/its pods may do no more than they must, and nobody else may connect to them/),
  ),
  attack(
    "S10",
    "settings with YAML, shell or path injection",
    "refused with a clear error, or data wherever they go: no command line is made of them",
    unit(/settings refuse injection into shells, paths and YAML/),
    unit(/settings of any kind (in function\.yaml )?are read as they are written, or refused/),
    components(/texts with a meaning to shells, YAML and Kubernetes reach /),
  ),
  attack(
    "S11",
    "a canary in a secret of the configuration and in a Kubernetes Secret",
    "in no state, preview, difference, log, error or process arguments in clear",
    e2e(/changed secrets are a new Revision that reads them/),
    toolchain(/are nowhere in clear: not in the configuration, nor in state, output, differences or events/),
    runtime(/secrets .*are (replaced|kept out)/),
  ),
  attack(
    "S12",
    "stack traces to a client",
    "a message and the run's id; the log has the rest",
    runtime(/a failed call: the exception with its stack trace, which no client sees/),
  ),
];
