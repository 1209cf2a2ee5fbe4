// Counts the items of the feeds in a folder that mention a topic, by encoding/xml into structs.
//
//	freq sequential|num_cpu|sequential_plain TOPIC FOLDER
//
// sequential has the shape of the course's freq, one document after the other; num_cpu that of its
// freqNumCPU, one goroutine a core, fed by a channel. A field tag without a namespace matches
// every namespace, so that the last of title and media:title wins; sequential_plain leaves it at
// that, as the course does, and the others look for the element without a namespace.
package main

import (
	"encoding/xml"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
)

type plainDocument struct {
	Items []struct {
		Title       string `xml:"title"`
		Description string `xml:"description"`
	} `xml:"channel>item"`
}

type document struct {
	Items []struct {
		Title       own `xml:"title"`
		Description own `xml:"description"`
	} `xml:"channel>item"`
}

// own is the text of the first element without a namespace.
type own string

func (text *own) UnmarshalXML(decoder *xml.Decoder, start xml.StartElement) error {
	if start.Name.Space != "" || *text != "" {
		return decoder.Skip()
	}
	return decoder.DecodeElement((*string)(text), &start)
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 4 {
		log.Fatal("usage: freq sequential|num_cpu|sequential_plain TOPIC FOLDER")
	}
	topic := os.Args[2]
	paths, err := filepath.Glob(filepath.Join(os.Args[3], "*.xml"))
	if err != nil {
		log.Fatal(err)
	}
	switch os.Args[1] {
	case "sequential":
		fmt.Println(freq(topic, paths, count))
	case "sequential_plain":
		fmt.Println(freq(topic, paths, countPlain))
	case "num_cpu":
		fmt.Println(freqNumCPU(topic, paths))
	default:
		log.Fatalf("there is no way named %s", os.Args[1])
	}
}

func freq(topic string, paths []string, count func(topic, path string) int) int {
	found := 0
	for _, path := range paths {
		found += count(topic, path)
	}
	return found
}

func freqNumCPU(topic string, paths []string) int {
	var found atomic.Int64
	var workers sync.WaitGroup
	cores := runtime.NumCPU()
	work := make(chan string, cores)
	for range cores {
		workers.Go(func() {
			local := 0
			for path := range work {
				local += count(topic, path)
			}
			found.Add(int64(local))
		})
	}
	for _, path := range paths {
		work <- path
	}
	close(work)
	workers.Wait()
	return int(found.Load())
}

func count(topic, path string) int {
	var d document
	parse(path, &d)
	found := 0
	for _, item := range d.Items {
		if strings.Contains(string(item.Title), topic) || strings.Contains(string(item.Description), topic) {
			found++
		}
	}
	return found
}

func countPlain(topic, path string) int {
	var d plainDocument
	parse(path, &d)
	found := 0
	for _, item := range d.Items {
		if strings.Contains(item.Title, topic) || strings.Contains(item.Description, topic) {
			found++
		}
	}
	return found
}

func parse(path string, document any) {
	data, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	if err := xml.Unmarshal(data, document); err != nil {
		log.Fatalf("%s: %v", path, err)
	}
}
