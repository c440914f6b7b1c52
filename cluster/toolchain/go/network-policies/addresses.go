package main

import (
	"sync"

	core "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/cache"
)

// addresses are those of pods whose status does not tell one yet: the kubelet tells it up to a second after the pod's
// containers started, and until then no policy would let them connect to anything.
type addresses struct {
	mu    sync.Mutex
	node  string
	byUID map[string]string
}

func newAddresses(node string) *addresses {
	return &addresses{node: node, byUID: map[string]string{}}
}

// add notes the address of a pod that starts.
func (a *addresses) add(uid, ip string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.byUID[uid] = ip
}

// remove forgets a pod that ends.
func (a *addresses) remove(uid string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.byUID, uid)
}

// fill gives pods the addresses that their status lacks.
func (a *addresses) fill(pods []any) []any {
	a.mu.Lock()
	defer a.mu.Unlock()
	filled := make([]any, len(pods))
	for i, object := range pods {
		filled[i] = object
		pod, ok := object.(*core.Pod)
		if !ok || pod.Status.PodIP != "" {
			continue
		}
		if ip, ok := a.byUID[string(pod.UID)]; ok {
			own := pod.DeepCopy()
			own.Status.PodIP = ip
			own.Status.PodIPs = []core.PodIP{{IP: ip}}
			own.Status.HostIP = a.node
			filled[i] = own
		}
	}
	return filled
}

// pods is an informer whose lists have these addresses.
type pods struct {
	cache.SharedIndexInformer
	known *addresses
}

func (p pods) GetIndexer() cache.Indexer {
	return podIndexer{p.SharedIndexInformer.GetIndexer(), p.known}
}

type podIndexer struct {
	cache.Indexer
	known *addresses
}

func (p podIndexer) List() []any {
	return p.known.fill(p.Indexer.List())
}

func (p podIndexer) Index(name string, object any) ([]any, error) {
	found, err := p.Indexer.Index(name, object)
	return p.known.fill(found), err
}

func (p podIndexer) ByIndex(name, value string) ([]any, error) {
	found, err := p.Indexer.ByIndex(name, value)
	return p.known.fill(found), err
}
