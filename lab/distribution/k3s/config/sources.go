package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v2"
)

// defaultFile is where k3s looks for its configuration; a folder of the same name with ".d" adds to it.
const defaultFile = "/etc/rancher/k3s/config.yaml"

// readArguments reads flags: --name=value, --name value, -x value; a switch needs no value.
func readArguments(arguments []string, role Role) (values, error) {
	read := values{}
	for len(arguments) > 0 {
		given := arguments[0]
		arguments = arguments[1:]
		name, value, hasValue := strings.Cut(strings.TrimLeft(given, "-"), "=")
		if !strings.HasPrefix(given, "-") || name == "" {
			return nil, fmt.Errorf("%q is not a flag", given)
		}
		known, err := find(name, role)
		if err != nil {
			return nil, fmt.Errorf("flag provided but not defined or not usable: --%w", err)
		}
		if !hasValue {
			switch {
			case known.kind == boolean:
				value = "true"
			case len(arguments) == 0:
				return nil, problem("--"+name, "needs a value")
			default:
				value, arguments = arguments[0], arguments[1:]
			}
		}
		if err := read.set(known, []string{value}, true); err != nil {
			return nil, fmt.Errorf("--%w", err)
		}
	}
	return read, nil
}

func readEnvironment(role Role, lookup func(string) (string, bool)) (values, error) {
	read := values{}
	for _, known := range options {
		value, ok := lookup(known.env)
		if known.env == "" || known.role&role == 0 || !ok || value == "" {
			continue
		}
		if err := read.set(known, []string{value}, false); err != nil {
			return nil, fmt.Errorf("environment %s: %w", known.env, err)
		}
	}
	return read, nil
}

// readFiles reads config.yaml, then each config.yaml.d/*.yaml in the order of names. A later file replaces a key; a
// key that ends in "+" adds to the list instead. A file that is not there is no error.
func readFiles(path string, role Role) (values, error) {
	read := values{}
	parts, err := filepath.Glob(filepath.Join(path+".d", "*.y*ml"))
	if err != nil {
		return nil, err
	}
	slices.Sort(parts)
	for _, file := range append([]string{path}, parts...) {
		if err := readFile(file, role, read); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return read, nil
}

func readFile(path string, role Role, into values) error {
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	var mapping yaml.MapSlice
	if err := yaml.Unmarshal(content, &mapping); err != nil {
		return fmt.Errorf("the file is not a mapping of options: %w", err)
	}
	for _, entry := range mapping {
		key, add := strings.CutSuffix(plain(entry.Key), "+")
		known, err := find(key, role)
		if err != nil {
			return err
		}
		given, err := scalars(entry.Value)
		if err != nil {
			return problem(key, err.Error())
		}
		if err := into.set(known, given, add); err != nil {
			return err
		}
	}
	return nil
}

// scalars gives a value, or a list of them, as text.
func scalars(value any) ([]string, error) {
	all, isList := value.([]any)
	if !isList {
		all = []any{value}
	}
	texts := make([]string, 0, len(all))
	for _, one := range all {
		switch one.(type) {
		case yaml.MapSlice, []any:
			return nil, errors.New("it is neither a value nor a list of values")
		}
		texts = append(texts, plain(one))
	}
	return texts, nil
}

// plain is what the published k3s makes of a value that stands in the file without quotes, by the rules of its YAML: of y
// it makes true, of 007 it makes 7, of 1e3 it makes 1000, of null nothing.
func plain(value any) string {
	if value == nil {
		return ""
	}
	return strings.TrimSpace(fmt.Sprint(value))
}

// read merges the sources: a flag is stronger than the environment, and that than the files.
func read(arguments []string, role Role, lookup func(string) (string, bool)) (values, error) {
	flags, err := readArguments(arguments, role)
	if err != nil {
		return nil, err
	}
	environment, err := readEnvironment(role, lookup)
	if err != nil {
		return nil, err
	}
	path := flags.text("config", environment.text("config", defaultFile))
	merged, err := readFiles(path, role)
	if err != nil {
		return nil, err
	}
	for _, stronger := range []values{environment, flags} {
		for name, given := range stronger {
			merged[name] = given
		}
	}
	return merged, nil
}
