package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strings"
	"time"
)

// event is what the plugin tells the service of a pod.
type event struct {
	Command string
	UID     string
	IP      string
}

// plugin is the last one of a CNI chain: it gives back what the ones before it made. The pod starts whether or not the
// service could be told.
// https://www.cni.dev/docs/spec/
func plugin() {
	command := os.Getenv("CNI_COMMAND")
	if command == "VERSION" {
		fmt.Println(`{"cniVersion":"0.4.0","supportedVersions":["0.3.0","0.3.1","0.4.0"]}`)
		return
	}
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	var config struct {
		PrevResult json.RawMessage `json:"prevResult"`
	}
	if err := json.Unmarshal(input, &config); err != nil {
		log.Fatal(err)
	}
	if command == "ADD" {
		os.Stdout.Write(config.PrevResult)
	}
	if command == "ADD" || command == "DEL" {
		tell(eventOf(command, os.Getenv("CNI_ARGS"), config.PrevResult))
	}
}

func eventOf(command, arguments string, result []byte) event {
	values := map[string]string{}
	for _, argument := range strings.Split(arguments, ";") {
		key, value, _ := strings.Cut(argument, "=")
		values[key] = value
	}
	var made struct {
		IPs []struct {
			Address string `json:"address"`
		} `json:"ips"`
	}
	// A pod that is removed need not have one.
	_ = json.Unmarshal(result, &made)
	told := event{Command: command, UID: values["K8S_POD_UID"]}
	if len(made.IPs) > 0 {
		told.IP, _, _ = strings.Cut(made.IPs[0].Address, "/")
	}
	return told
}

func tell(told event) {
	connection, err := net.DialTimeout("unix", socket, time.Second)
	if err != nil {
		return
	}
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(time.Second))
	_ = json.NewEncoder(connection).Encode(told)
	// The service closes once it has taken it.
	_, _ = connection.Read(make([]byte, 1))
}

// listen takes what plugins tell, and calls changed after each new pod.
func listen(path string, known *addresses, changed func()) error {
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return err
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				log.Fatal(err)
			}
			go take(connection, known, changed)
		}
	}()
	return nil
}

func take(connection net.Conn, known *addresses, changed func()) {
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(time.Second))
	var told event
	if err := json.NewDecoder(connection).Decode(&told); err != nil {
		log.Printf("a plugin told something else: %v", err)
		return
	}
	if told.Command == "DEL" {
		known.remove(told.UID)
		return
	}
	known.add(told.UID, told.IP)
	changed()
}
