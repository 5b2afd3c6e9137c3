package children

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"sync"
)

// significant are lines that say why a program ended: klog's errors, logrus' and what command lines print.
var significant = regexp.MustCompile(`^[EF]\d{4} |level="?(fatal|error)|^(FATA|ERRO)|^(?i:error|fatal|panic)|run(time)? failed`)

// noise is what the API server says hundreds of times while its connections to the datastore come and go.
var noise = regexp.MustCompile(`\[core\].*addrConn\.createTransport failed`)

// colour is what some programs paint their lines with, whether anybody sees it or not.
var colour = regexp.MustCompile(`\x1b\[[0-9;]*m`)

const longestLine = 1 << 20

// output passes a child's lines on to the service's log, after its name, and remembers the one that tells most.
type output struct {
	name    string
	hide    *strings.Replacer
	to      io.Writer
	mutex   sync.Mutex
	last    string
	telling bool
}

func newOutput(name string, secrets []string) *output {
	var pairs []string
	for _, secret := range secrets {
		if secret != "" {
			pairs = append(pairs, secret, "***")
		}
	}
	return &output{name: name, hide: strings.NewReplacer(pairs...), to: os.Stdout}
}

// copy reads until the child has closed its end.
func (o *output) copy(from io.Reader) {
	lines := bufio.NewScanner(from)
	lines.Buffer(make([]byte, 0, 8192), longestLine)
	for lines.Scan() {
		line := o.hide.Replace(colour.ReplaceAllString(lines.Text(), ""))
		o.remember(line)
		if noise.MatchString(line) {
			continue
		}
		fmt.Fprintf(o.to, "%s: %s\n", o.name, line)
	}
	_, _ = io.Copy(io.Discard, from) // a line too long: never let the child block
}

func (o *output) remember(line string) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	telling := significant.MatchString(line)
	if strings.TrimSpace(line) != "" && (telling || !o.telling) {
		o.last, o.telling = strings.TrimSpace(line), telling
	}
}

// reset forgets what an earlier run said.
func (o *output) reset() {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.last, o.telling = "", false
}

func (o *output) lastLine() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if o.last == "" {
		return "it said nothing"
	}
	return o.last
}
