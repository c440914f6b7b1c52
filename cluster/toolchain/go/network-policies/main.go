// Enforces NetworkPolicies on the embedded cluster's one node, by kube-router's controller for them: iptables rules and
// ipsets that follow pods, namespaces and policies. Called as a CNI plugin, it tells the service of a new pod's address.
package main

import (
	"flag"
	"log"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/cloudnativelabs/kube-router/v2/pkg/controllers/netpol"
	"github.com/cloudnativelabs/kube-router/v2/pkg/healthcheck"
	"github.com/cloudnativelabs/kube-router/v2/pkg/options"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// The plugin finds the service here; /run is the node's own.
const socket = "/run/network-policies.sock"

// All rules are made anew now and then, should something else have changed them.
const resync = 5 * time.Minute

func main() {
	if os.Getenv("CNI_COMMAND") != "" {
		plugin()
		return
	}
	kubeconfig := flag.String("kubeconfig", "", "how the API server is reached")
	node := flag.String("node", "", "the node's name")
	address := flag.String("node-ip", "", "the node's address")
	services := flag.String("service-cluster-ip-range", "", "the addresses of Services")
	flag.Parse()
	if err := serve(*kubeconfig, *node, *address, *services); err != nil {
		log.Fatal(err)
	}
}

func serve(kubeconfig, node, address, services string) error {
	config := options.NewKubeRouterConfig()
	config.HostnameOverride = node
	config.ClusterIPCIDRs = []string{services}
	config.EnableIPv4 = true
	config.EnableIPv6 = false
	config.IPTablesSyncPeriod = resync

	access, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(access)
	if err != nil {
		return err
	}

	stop := make(chan struct{})
	factory := informers.NewSharedInformerFactory(client, 0)
	podInformer := factory.Core().V1().Pods().Informer()
	namespaces := factory.Core().V1().Namespaces().Informer()
	policies := factory.Networking().V1().NetworkPolicies().Informer()
	nodes := factory.Core().V1().Nodes().Informer()
	known := newAddresses(address)
	factory.Start(stop)
	factory.WaitForCacheSync(stop)
	for len(nodes.GetIndexer().ListKeys()) == 0 {
		time.Sleep(100 * time.Millisecond)
	}

	tables, sets, err := netpol.NewIPTablesHandlers(config)
	if err != nil {
		return err
	}
	var ipsets sync.Mutex
	controller, err := netpol.NewNetworkPolicyController(
		client, config, pods{podInformer, known}, policies, namespaces, &ipsets, tables, sets)
	if err != nil {
		return err
	}
	if err := listen(socket, known, controller.RequestFullSync); err != nil {
		return err
	}
	// Adding them tells of everything that is there already.
	if _, err := podInformer.AddEventHandler(podEvents(known, controller.RequestFullSync)); err != nil {
		return err
	}
	if _, err := namespaces.AddEventHandler(controller.NamespaceEventHandler); err != nil {
		return err
	}
	if _, err := policies.AddEventHandler(controller.NetworkPolicyEventHandler); err != nil {
		return err
	}

	beats := make(chan *healthcheck.ControllerHeartbeat)
	go func() {
		for range beats {
		}
	}()
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGINT, syscall.SIGTERM)
	var running sync.WaitGroup
	running.Add(1)
	go controller.Run(beats, stop, &running)
	<-ended
	close(stop)
	running.Wait()
	return nil
}
