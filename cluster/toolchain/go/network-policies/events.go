package main

import (
	"maps"

	core "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/cache"
)

// podEvents calls changed where rules have to be made anew. The controller's own handler does so for each step of a pod's
// start as well; with addresses that are known before, that is work without effect while the pod's code wants the CPU.
func podEvents(known *addresses, changed func()) cache.ResourceEventHandler {
	filled := func(object any) *core.Pod {
		pod, _ := known.fill([]any{object})[0].(*core.Pod)
		return pod
	}
	return cache.ResourceEventHandlerFuncs{
		AddFunc: func(object any) {
			if pod := filled(object); pod != nil && pod.Status.PodIP != "" {
				changed()
			}
		},
		UpdateFunc: func(before, after any) {
			if old, pod := filled(before), filled(after); old == nil || pod == nil || differ(old, pod) {
				changed()
			}
		},
		DeleteFunc: func(any) { changed() },
	}
}

// differ tells whether rules that name the pod would be others; none name one without an address.
func differ(old, pod *core.Pod) bool {
	if old.Status.PodIP == "" && pod.Status.PodIP == "" {
		return false
	}
	return old.Status.PodIP != pod.Status.PodIP || old.Status.HostIP != pod.Status.HostIP ||
		!maps.Equal(old.Labels, pod.Labels) || finished(old) != finished(pod)
}

func finished(pod *core.Pod) bool {
	return pod.Status.Phase == core.PodFailed || pod.Status.Phase == core.PodSucceeded
}
