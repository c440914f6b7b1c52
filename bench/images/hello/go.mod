module knflow.dev/bench/hello

go 1.24
