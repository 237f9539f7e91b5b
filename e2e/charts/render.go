// Renders a chart as Helm does, with the same template language and as many of its functions as our
// charts use; an unknown one is an error here. Arguments: the chart's folder, its values as JSON.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"text/template"
)

type files struct{ folder string }

func (f files) Get(name string) (string, error) {
	text, err := os.ReadFile(filepath.Join(f.folder, name))
	return string(text), err
}

func indent(width int, text string) string {
	pad := strings.Repeat(" ", width)
	return "\n" + pad + strings.ReplaceAll(text, "\n", "\n"+pad)
}

func empty(value any) bool {
	return value == nil || value == "" || value == false
}

// In block style, as Helm writes it: what follows on the same level goes on with it.
func block(value any) string {
	var text strings.Builder
	switch value := value.(type) {
	case map[string]any:
		names := make([]string, 0, len(value))
		for name := range value {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range names {
			text.WriteString(name + ":" + inner(value[name]))
		}
	case []any:
		for _, item := range value {
			lines := strings.TrimSuffix(block(item), "\n")
			text.WriteString("- " + strings.ReplaceAll(lines, "\n", "\n  ") + "\n")
		}
	default:
		plain, _ := json.Marshal(value)
		return string(plain) + "\n"
	}
	if text.Len() == 0 {
		plain, _ := json.Marshal(value)
		return string(plain) + "\n"
	}
	return text.String()
}

func inner(value any) string {
	lines := strings.TrimSuffix(block(value), "\n")
	switch value := value.(type) {
	case map[string]any:
		if len(value) > 0 {
			return indent(2, lines) + "\n"
		}
	case []any:
		if len(value) > 0 {
			return "\n" + lines + "\n"
		}
	}
	return " " + lines + "\n"
}

func functions(all *template.Template) template.FuncMap {
	return template.FuncMap{
		"include": func(name string, dot any) (string, error) {
			var text strings.Builder
			err := all.ExecuteTemplate(&text, name, dot)
			return text.String(), err
		},
		"required": func(why string, value any) (any, error) {
			if empty(value) {
				return nil, errors.New(why)
			}
			return value, nil
		},
		"fail": func(why string) (string, error) { return "", errors.New(why) },
		"default": func(other, value any) any {
			if empty(value) {
				return other
			}
			return value
		},
		"quote":   func(value any) string { return fmt.Sprintf("%q", fmt.Sprint(value)) },
		"int":     func(value any) int { return int(value.(float64)) },
		"toYaml":  func(value any) string { return strings.TrimSuffix(block(value), "\n") },
		"nindent": indent,
		"urlParse": func(text string) (map[string]any, error) {
			parsed, err := url.Parse(text)
			if err != nil {
				return nil, err
			}
			return map[string]any{"host": parsed.Host, "scheme": parsed.Scheme}, nil
		},
	}
}

func run(folder, values string) error {
	dot := map[string]any{
		"Release": map[string]any{"Name": "vidimus", "Service": "Helm"},
		"Chart":   map[string]any{"Name": "vidimus", "Version": "0.1.0", "AppVersion": "0.1.0"},
		"Files":   files{folder},
	}
	var parsed map[string]any
	if err := json.Unmarshal([]byte(values), &parsed); err != nil {
		return err
	}
	dot["Values"] = parsed
	all := template.New("chart").Option("missingkey=error")
	all.Funcs(functions(all))
	paths, err := filepath.Glob(filepath.Join(folder, "templates", "*"))
	if err != nil {
		return err
	}
	if _, err := all.ParseFiles(paths...); err != nil {
		return err
	}
	for _, path := range paths {
		if !strings.HasSuffix(path, ".yaml") {
			continue
		}
		fmt.Println("---")
		if err := all.ExecuteTemplate(os.Stdout, filepath.Base(path), dot); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
