// The same service as a Go programmer writes it, to stand beside ours in scripts/load-serve: net/http,
// html/template and encoding/xml, one goroutine a request, and net/http/pprof.
package main

import (
	"bytes"
	"encoding/xml"
	"flag"
	"fmt"
	"html/template"
	"io/fs"
	"log"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// shown is how many results a page has.
const shown = 50

// text is an element with its namespace: media:title is no title.
type text struct {
	XMLName xml.Name
	Text    string `xml:",chardata"`
}

type item struct {
	Titles       []text `xml:"title"`
	Descriptions []text `xml:"description"`
	Links        []text `xml:"link"`
}

type document struct {
	Items []item `xml:"channel>item"`
}

func first(texts []text) string {
	for _, text := range texts {
		if text.XMLName.Space == "" {
			return text.Text
		}
	}
	return ""
}

type hit struct {
	Feed, Title, Link, Before, Mention, After string
}

type answer struct {
	Topic               string
	Found, Items, Feeds int
	First, Later        int
	Hits                []hit
}

var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{{.Topic}} – search in feeds</title></head>
<body>
<h1><a href="/">Search in feeds</a></h1>
<form action="/" method="get"><input name="topic" type="search" value="{{.Topic}}"><button>Search</button></form>
{{if .Topic}}<h2>{{.Found}} of {{.Items}} items in {{.Feeds}} feeds mention “{{.Topic}}”</h2>
<ol start="{{.First}}">
{{range .Hits}}<li><h3><a href="{{.Link}}" rel="noopener noreferrer">{{.Title}}</a></h3>
<p>{{.Before}}<mark>{{.Mention}}</mark>{{.After}}</p>
<p class="feed">{{.Feed}}</p></li>
{{end}}</ol>
{{if .Later}}<a href="/?topic={{.Topic}}&amp;page={{.Later}}">Later</a>{{end}}
{{end}}</body>
</html>
`))

func excerpt(text, topic string) (before, after string) {
	before, after, _ = strings.Cut(text, topic)
	if runes := []rune(before); len(runes) > 80 {
		before = "…" + string(runes[len(runes)-80:])
	}
	if runes := []rune(after); len(runes) > 160 {
		after = string(runes[:160]) + "…"
	}
	return before, after
}

func search(paths []string, topic string, number int) answer {
	found := answer{Topic: topic, First: (number-1)*shown + 1}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		var feed document
		if err := xml.Unmarshal(content, &feed); err != nil {
			continue
		}
		found.Feeds++
		for _, item := range feed.Items {
			found.Items++
			title, description := first(item.Titles), first(item.Descriptions)
			inTitle, inDescription := strings.Contains(title, topic), strings.Contains(description, topic)
			if !inTitle && !inDescription {
				continue
			}
			found.Found++
			if found.Found < found.First || len(found.Hits) == shown {
				continue
			}
			text := description
			if !inDescription {
				text = title
			}
			before, after := excerpt(text, topic)
			found.Hits = append(found.Hits, hit{filepath.Base(path), title, first(item.Links), before, topic, after})
		}
	}
	if number*shown < found.Found {
		found.Later = number + 1
	}
	return found
}

func main() {
	feeds := flag.String("feeds", "", "the folder with the feeds")
	listen := flag.String("listen", "127.0.0.1:5000", "where to listen")
	flag.Parse()
	var paths []string
	err := filepath.WalkDir(*feeds, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".xml") {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil || len(paths) == 0 {
		log.Fatalf("no feed in %q: %v", *feeds, err)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		number, err := strconv.Atoi(r.FormValue("page"))
		if err != nil || number < 1 {
			number = 1
		}
		var found answer
		if topic := r.FormValue("topic"); topic != "" {
			found = search(paths, topic, number)
		}
		var body bytes.Buffer
		if err := page.Execute(&body, found); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Length", strconv.Itoa(body.Len()))
		_, _ = w.Write(body.Bytes())
	})
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d feeds at http://%s/\n", len(paths), listener.Addr())
	log.Fatal(http.Serve(listener, nil))
}
