package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// values holds what was set, by option name. Only lists ever have more than one value.
type values map[string][]string

func problem(name, reason string) error { return fmt.Errorf("%s: %s", name, reason) }

// set checks a value against its option and stores it. A list grows when add is true, anything else is replaced.
func (v values) set(known option, given []string, add bool) error {
	checked := make([]string, 0, len(given))
	for _, value := range given {
		if known.kind == list {
			checked = append(checked, splitList(known.name, value)...)
			continue
		}
		checked = append(checked, value)
	}
	for _, value := range checked {
		if err := known.check(value); err != nil {
			return err
		}
	}
	if known.kind != list && len(checked) != 1 {
		return problem(known.name, fmt.Sprintf("takes one value, not %d", len(checked)))
	}
	if add && known.kind == list {
		checked = append(v[known.name], checked...)
	}
	v[known.name] = checked
	return nil
}

// splitList cuts at commas, but for arguments of other programs, whose values have commas of their own.
func splitList(name, value string) []string {
	if strings.HasSuffix(name, "-arg") {
		return []string{value}
	}
	return strings.FieldsFunc(value, func(r rune) bool { return r == ',' })
}

func (o option) check(value string) error {
	switch o.kind {
	case boolean:
		if _, err := strconv.ParseBool(value); err != nil {
			return problem(o.name, fmt.Sprintf("%q is neither true nor false", value))
		}
	case number:
		if n, err := strconv.Atoi(value); err != nil || n < 1 || n > 65535 {
			return problem(o.name, fmt.Sprintf("%q is not a port (1-65535)", value))
		}
	case text, list:
	}
	if len(o.allowed) > 0 && !slices.Contains(o.allowed, value) {
		return problem(o.name, fmt.Sprintf("%q is not supported by the lab's k3s, which has %s",
			value, strings.Join(o.allowed, ", ")))
	}
	return nil
}

func (v values) text(name, otherwise string) string {
	if set := v[name]; len(set) > 0 && set[len(set)-1] != "" {
		return set[len(set)-1]
	}
	return otherwise
}

func (v values) flag(name string) bool {
	on, _ := strconv.ParseBool(v.text(name, "false"))
	return on
}

func (v values) port(name string, otherwise int) int {
	if n, err := strconv.Atoi(v.text(name, "")); err == nil {
		return n
	}
	return otherwise
}
