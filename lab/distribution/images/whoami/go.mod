module tailnet-k3s.test/whoami

go 1.26.0
