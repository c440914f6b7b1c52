module knflow.dev/platform/pause

go 1.24
