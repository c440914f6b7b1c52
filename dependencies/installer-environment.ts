/**
 * The environment in which pip and npm run: this process's, without what is knflow's and Pulumi's own, such as the passphrase of the
 * stack's secrets.
 */
export function installerEnvironment(more: Readonly<Record<string, string>>): Record<string, string | undefined> {
  const own = Object.entries(process.env).filter(([name]) => !/^(PULUMI|KNFLOW)_/i.test(name));
  return { ...Object.fromEntries(own), ...more };
}
