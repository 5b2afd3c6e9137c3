module tailnet-k3s.test/pause

go 1.26.0
