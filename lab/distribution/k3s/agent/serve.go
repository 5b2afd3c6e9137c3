package agent

import (
	"context"
	"log/slog"
	"time"

	"tailnet-k3s/k3s/children"
	"tailnet-k3s/k3s/config"
	"tailnet-k3s/k3s/system"
)

const stopPatience = 9 * time.Second

// Serve is the life of a host that is no server, until the context ends.
func Serve(ctx context.Context, settings *config.Agent, bin string) error {
	address, err := system.WaitAddress(ctx, settings.Address, settings.FlannelInterface)
	if err != nil {
		return err
	}
	var group children.Group
	defer func() { group.Stop(stopPatience) }()
	err = Run(ctx, &group, Settings{
		Node: settings.Node, Server: settings.Server, User: "node", Address: address, Bin: bin,
	})
	if err != nil {
		return err
	}
	slog.Info("k3s agent is up and running", "node", settings.Name, "address", address)
	system.NotifyReady()
	<-ctx.Done()
	return nil
}
