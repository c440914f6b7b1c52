import type { Database } from "./database.ts";

/** Each makes the next version of the tables out of the one before; none of them is ever changed. */
const migrations: readonly (readonly string[])[] = [
  [
    `create table runs (
       workflow text not null,
       id text not null,
       state text not null,
       archive text not null,
       trace text not null,
       input text not null,
       result text,
       started bigint not null,
       ended bigint,
       executors integer not null,
       owner text,
       lease bigint not null,
       primary key (workflow, id)
     )`,
    `create index runs_open on runs (lease) where state = 'running'`,
    `create index runs_recent on runs (workflow, started)`,
    `create table tasks (
       workflow text not null,
       run text not null,
       key text not null,
       position integer not null,
       started bigint not null,
       duration integer,
       error text,
       record text,
       primary key (workflow, run, key),
       foreign key (workflow, run) references runs (workflow, id) on delete cascade
     )`,
  ],
  ["alter table runs add column revision text"],
  // What RunStore.claim writes.
  ["alter table runs add column idle_since bigint", "alter table runs add column idle_executors integer"],
];

/** Brings the tables to the version that this program knows. Several may do so at the same time. */
export async function migrate(database: Database): Promise<void> {
  await database.query("create table if not exists schema_versions (version integer primary key)").catch(ignoreRace);
  const [row] = await database.query("select max(version) as version from schema_versions");
  for (let version = Number(row?.version ?? 0); version < migrations.length; version++) {
    // Who adds the version makes the tables; the others find it there.
    const statements = [
      `insert into schema_versions (version) values (${version + 1})`,
      ...(migrations[version] as readonly string[]),
    ];
    await database.transaction(statements).catch(ignoreRace);
  }
}

/** Another process was faster. */
function ignoreRace(error: Error & { readonly code?: string | number; readonly errcode?: number }): void {
  const taken = ["23505", "42P07"]; // unique_violation, duplicate_table: https://www.postgresql.org/docs/current/errcodes-appendix.html
  if (taken.includes(String(error.code)) || /UNIQUE constraint failed/.test(error.message)) return;
  throw error;
}
