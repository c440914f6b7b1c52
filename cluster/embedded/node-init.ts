import { cniFolder, hostNetworkNamespace, names, serviceRange } from "./constants.ts";
import type { Layout } from "./layout.ts";
import { ruleComment, type Network } from "./network.ts";
import { shellQuote } from "../../console/shell.ts";

/**
 * The node's first process: makes the machine that the services find (mounts, network, cgroups), then becomes their
 * supervisor. File descriptor 3 is the host's network namespace. It joins the node to the host itself, so that a caller
 * who is killed leaves no node half joined.
 *
 * @param nameservers the host's, without those that answer on its loopback alone
 * @param plugin the node's own CNI plugin
 */
export function nodeInit(layout: Layout, network: Network, nameservers: readonly string[], plugin: string): string {
  const q = shellQuote;
  const rule = `-m comment --comment ${ruleComment(layout.name)}`;
  return `#!/bin/sh
set -eu
# As the host knows it: the old /proc is still there.
read -r stat </proc/self/stat
set -- $stat
pid=$1 started=\${22}
boot=$(cat /proc/sys/kernel/random/boot_id)

mount --make-rprivate /
mount -t tmpfs -o mode=755,size=256m tmpfs /run
mkdir -p /run/lock /run/cni ${cniFolder}
ln -s /usr/lib/cni/* ${q(plugin)} ${cniFolder}/
touch ${hostNetworkNamespace}
mount --bind /proc/self/fd/3 ${hostNetworkNamespace}
exec 3<&-
mount -t proc proc /proc

# A sysfs that shows the node's own interfaces, with the host's cgroups in it.
mkdir /run/cgroup
mount --rbind /sys/fs/cgroup /run/cgroup
mount -t sysfs sysfs /sys
mount --rbind /run/cgroup /sys/fs/cgroup
umount -R -l /run/cgroup

mkdir -p /var/log/pods /var/log/containers /var/lib/cni
mount --bind ${q(layout.podLogs)} /var/log/pods
mount -t tmpfs tmpfs /var/log/containers
mount -t tmpfs tmpfs /var/lib/cni
printf '%s\\n' ${nameservers.map((server) => q(`nameserver ${server}`)).join(" ")} >/run/resolv.conf
# With systemd-resolved it is a link into the host's /run, which is not here any more.
target=$(readlink -m /etc/resolv.conf)
mkdir -p "$(dirname "$target")"
[ -e "$target" ] || : >"$target"
mount --bind /run/resolv.conf "$target"
hostname ${q(names.node(layout.name))}
{ cat /etc/hosts; echo "${network.nodeIp} ${names.node(layout.name)}"; } >/run/hosts
mount --bind /run/hosts /etc/hosts

on_host() { nsenter --net=${hostNetworkNamespace} "$@"; }
on_host ip link delete ${network.hostInterface} 2>/dev/null || true
on_host ip link add ${network.hostInterface} type veth peer name eth0 netns 1
on_host ip address add ${network.hostIp}/30 dev ${network.hostInterface}
on_host ip link set ${network.hostInterface} up
ip link set lo up
ip address add ${network.nodeIp}/30 dev eth0
ip link set eth0 up
ip route add default via ${network.hostIp}
# A Service without endpoints has nowhere to go: what lets packets through by network policies comes before kube-proxy's
# refusal, and they would leave for the host's network.
ip rule add iif cni0 to ${serviceRange} unreachable
echo 1 >/proc/sys/net/ipv4/ip_forward
on_host sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
modprobe br_netfilter 2>/dev/null || true
echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables || true
rule() { on_host iptables -w -t "$1" -C "$2" ${rule} "$3" "$4" "$5" "$6" "$7" "$8" 2>/dev/null ||
  on_host iptables -w -t "$1" -I "$2" ${rule} "$3" "$4" "$5" "$6" "$7" "$8"; }
rule nat POSTROUTING -s ${network.nodeIp}/32 -d 0.0.0.0/0 -j MASQUERADE
rule filter FORWARD -s ${network.nodeIp}/32 -i ${network.hostInterface} -j ACCEPT
rule filter FORWARD -d ${network.nodeIp}/32 -o ${network.hostInterface} -j ACCEPT

# Cgroups of the instance's own. In version 2 they have the controllers alone that the root hands down, and the kubelet
# needs these; what it misses where the root refuses one it says itself. In version 1 a new cpuset is empty and takes no
# process until it is told its CPUs.
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
  for controller in cpu cpuset memory hugetlb pids io; do
    grep -qw "$controller" /sys/fs/cgroup/cgroup.controllers || continue
    echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control || true
  done
  mkdir -p /sys/fs/cgroup/${names.cgroup(layout.name)}/node
  echo 0 >/sys/fs/cgroup/${names.cgroup(layout.name)}/node/cgroup.procs
  for controller in $(cat /sys/fs/cgroup/${names.cgroup(layout.name)}/cgroup.controllers); do
    echo "+$controller" >/sys/fs/cgroup/${names.cgroup(layout.name)}/cgroup.subtree_control || true
  done
else
  for hierarchy in /sys/fs/cgroup/*/; do
    mkdir -p "$hierarchy/${names.cgroup(layout.name)}" 2>/dev/null || continue
    [ -f "$hierarchy/cpuset.cpus" ] || continue
    for file in cpuset.cpus cpuset.mems; do cat "$hierarchy/$file" >"$hierarchy/${names.cgroup(layout.name)}/$file"; done
  done
fi

printf '%s %s %s\\n' "$pid" "$started" "$boot" >${q(`${layout.nodeProcess}.partial`)}
mv ${q(`${layout.nodeProcess}.partial`)} ${q(layout.nodeProcess)}
exec s6-svscan -t 0 ${q(layout.services)}
`;
}

/** The nameservers of a resolv.conf that a node can reach: not those on the host's own loopback. */
export function reachableNameservers(resolvConf: string): string[] {
  return resolvConf
    .split("\n")
    .map((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1])
    .filter((server) => server !== undefined)
    .filter((server) => !server.startsWith("127.") && server !== "::1");
}
