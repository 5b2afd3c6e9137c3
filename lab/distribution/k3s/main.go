// Command k3s is the lab's k3s: Kubernetes from the modules that the published k3s is made of, in one file, with the same
// configuration, files and ports. It stands in where the release can't be downloaded.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"tailnet-k3s/k3s/agent"
	"tailnet-k3s/k3s/bundle"
	"tailnet-k3s/k3s/config"
	"tailnet-k3s/k3s/containerd"
	"tailnet-k3s/k3s/server"
)

// version is set by the linker: -X main.version=v1.36.3+k3s1
var version = "v0.0.0+k3s0"

const usage = `usage: k3s server|agent [OPTIONS]    run a server, or an agent
       k3s kubectl|ctr ...           the client of the API, and of containerd
       k3s --version
`

func main() {
	arguments := os.Args[1:]
	if name := filepath.Base(os.Args[0]); name == "kubectl" || name == "ctr" {
		arguments = append([]string{name}, arguments...)
	}
	if len(arguments) == 0 {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	command, rest := arguments[0], arguments[1:]
	var err error
	switch command {
	case "server", "agent":
		err = serve(command, rest)
	case "kubectl":
		err = kubectl(rest)
	case "ctr":
		err = become("ctr", rest, "CONTAINERD_ADDRESS="+containerd.Socket, "CONTAINERD_NAMESPACE=k8s.io")
	case "--version", "-v", "version":
		fmt.Printf("k3s version %s (lab)\ngo version %s\n", version, runtime.Version())
	case "--help", "-h", "help":
		fmt.Print(usage)
	default:
		err = fmt.Errorf("%q is not a command of the lab's k3s\n%s", command, strings.TrimSpace(usage))
	}
	if err != nil {
		// the last line of the service's log: what could not be done, and why
		fmt.Fprintf(os.Stderr, "k3s %s: %v\n", command, err)
		os.Exit(1)
	}
}

func serve(role string, arguments []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	var err error
	if role == "server" {
		err = runServer(ctx, arguments)
	} else {
		err = runAgent(ctx, arguments)
	}
	if ctx.Err() != nil {
		slog.Info("stopped: containers go on")
		return nil
	}
	return err
}

func runServer(ctx context.Context, arguments []string) error {
	settings, err := config.ReadServer(arguments, os.LookupEnv)
	if err != nil {
		return err
	}
	bin, err := prepare(settings.Node)
	if err != nil {
		return err
	}
	return server.Run(ctx, settings, bin)
}

func runAgent(ctx context.Context, arguments []string) error {
	settings, err := config.ReadAgent(arguments, os.LookupEnv)
	if err != nil {
		return err
	}
	bin, err := prepare(settings.Node)
	if err != nil {
		return err
	}
	return agent.Serve(ctx, settings, bin)
}

// prepare sets up the log, checks who we are, and unpacks the programs.
func prepare(node config.Node) (string, error) {
	level := slog.LevelInfo
	if node.Debug {
		level = slog.LevelDebug
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{Level: level})))
	if os.Geteuid() != 0 {
		return "", errors.New("must run as root")
	}
	slog.Info("starting k3s " + version)
	for _, secret := range []string{"K3S_TOKEN", "K3S_AGENT_TOKEN", "K3S_DATASTORE_ENDPOINT"} {
		os.Unsetenv(secret) // read by now, and not for the children
	}
	own, err := os.Executable()
	if err != nil {
		return "", err
	}
	return bundle.Unpack(own, filepath.Join(node.DataDir, "data"))
}

func kubectl(arguments []string) error {
	const kubeconfig = "/etc/rancher/k3s/k3s.yaml"
	var environment []string
	if os.Getenv("KUBECONFIG") == "" {
		if _, err := os.ReadFile(kubeconfig); err == nil {
			environment = append(environment, "KUBECONFIG="+kubeconfig)
		} else if errors.Is(err, os.ErrPermission) {
			return fmt.Errorf("%w: run as root, or set write-kubeconfig-mode on the server", err)
		}
	}
	return become("kubectl", arguments, environment...)
}

// become replaces this process by one of the programs that came along.
func become(name string, arguments []string, environment ...string) error {
	own, err := os.Executable()
	if err != nil {
		return err
	}
	data := "/var/lib/rancher/k3s"
	if set := os.Getenv("K3S_DATA_DIR"); set != "" {
		data = set
	}
	bin, err := bundle.Current(own, filepath.Join(data, "data"))
	if err != nil {
		return err
	}
	path := filepath.Join(bin, name)
	if _, err := exec.LookPath(path); err != nil {
		return err
	}
	return syscall.Exec(path, append([]string{path}, arguments...), append(os.Environ(), environment...))
}
