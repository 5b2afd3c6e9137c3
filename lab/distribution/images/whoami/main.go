// Command whoami answers every request with what it knows of itself and of the visitor, so that a test can see which
// pod answered and whose address arrived. It is also the client of such tests: `whoami get URL`, `whoami dns NAME`.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"
)

const usage = `usage: whoami [--port 80] [--name NAME]    serves; WHOAMI_PORT_NUMBER and WHOAMI_NAME do the same
       whoami get URL                       prints the answer; fails unless its status is below 400
       whoami dns NAME                      prints the addresses of a name, one a line`

// patience is how long a client waits for an answer: a visitor would not wait longer either.
const patience = 10 * time.Second

func main() {
	var err error
	switch arguments := os.Args[1:]; {
	case len(arguments) == 2 && arguments[0] == "get":
		err = get(arguments[1], os.Stdout)
	case len(arguments) == 2 && arguments[0] == "dns":
		err = resolve(arguments[1], os.Stdout)
	default:
		err = serve(arguments)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "whoami:", err)
		os.Exit(1)
	}
}

func serve(arguments []string) error {
	flags := flag.NewFlagSet("whoami", flag.ExitOnError)
	flags.Usage = func() { fmt.Fprintln(os.Stderr, usage) }
	port := flags.String("port", setting("WHOAMI_PORT_NUMBER", "80"), "port to listen on")
	name := flags.String("name", os.Getenv("WHOAMI_NAME"), "name to answer with")
	_ = flags.Parse(arguments)
	if flags.NArg() > 0 {
		return fmt.Errorf("unknown argument %q\n%s", flags.Arg(0), usage)
	}
	server := &http.Server{
		Addr:              net.JoinHostPort("", *port),
		Handler:           handler(*name),
		ReadHeaderTimeout: patience,
	}
	log.Printf("listening on port %s", *port)
	return server.ListenAndServe()
}

func setting(variable, otherwise string) string {
	if value := os.Getenv(variable); value != "" {
		return value
	}
	return otherwise
}

func get(url string, out io.Writer) error {
	client := &http.Client{Timeout: patience}
	answer, err := client.Get(url)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(out, answer.Body); err != nil {
		return err
	}
	if answer.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s answered %s", url, answer.Status)
	}
	return nil
}

func resolve(name string, out io.Writer) error {
	addresses, err := net.LookupHost(name)
	if err != nil {
		return err
	}
	for _, address := range addresses {
		fmt.Fprintln(out, address)
	}
	return nil
}
