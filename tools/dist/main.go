// Dist makes the archives of a release in dist/: for each platform the binary with the license, the README, the man
// pages and the completions, and one file with the checksums. `make dist` runs it in the folder tools.
//
// The archives of a commit are identical on every machine with the same version of Go.
package main

import (
	"cmp"
	"crypto/sha256"
	"debug/buildinfo"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

func main() {
	if err := dist(".."); err != nil {
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}

// platforms returns the platforms of a release, as GOOS/GOARCH. .goreleaser.yaml has the same ones.
func platforms() []string {
	return []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"}
}

// dist makes the archives of the repository in root, and deletes older ones.
func dist(root string) error {
	out := filepath.Join(root, "dist")
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	if err := os.Mkdir(out, 0o777); err != nil {
		return err
	}
	common, err := commonFiles(root)
	if err != nil {
		return err
	}
	var sums strings.Builder
	for _, platform := range platforms() {
		archive, err := release(root, out, platform, common)
		if err != nil {
			return fmt.Errorf("%s: %w", platform, err)
		}
		sum, err := checksum(archive)
		if err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", sum, filepath.Base(archive))
	}
	return os.WriteFile(filepath.Join(out, "checksums.txt"), []byte(sums.String()), 0o666)
}

// commonFiles returns the files of every archive other than the binary.
func commonFiles(root string) ([]file, error) {
	files := []file{{name: "LICENSE", path: filepath.Join(root, "LICENSE")}, {name: "README.md", path: filepath.Join(root, "README.md")}}
	share := filepath.Join(root, "bin", "share") // made by `make share`
	err := filepath.WalkDir(share, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(share, path)
		files = append(files, file{name: filepath.ToSlash(name), path: path})
		return err
	})
	return files, err
}

// release builds the binary for a platform and packs it. It returns the path of the archive.
func release(root, out, platform string, common []file) (string, error) {
	goos, goarch, _ := strings.Cut(platform, "/")
	name := "flowdeck"
	if goos == "windows" {
		name += ".exe"
	}
	folder, err := os.MkdirTemp("", "flowdeck-dist-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	binary := filepath.Join(folder, name)
	// With -buildvcs the go command records the commit and, from its tag, the version.
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=true", "-ldflags=-s -w", "-o", binary, "./cmd/flowdeck")
	build.Dir, build.Stdout, build.Stderr = root, os.Stderr, os.Stderr
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+goarch)
	if err := build.Run(); err != nil {
		return "", err
	}
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return "", err
	}
	committed, err := time.Parse(time.RFC3339, setting(info, "vcs.time"))
	if err != nil {
		return "", fmt.Errorf("read the time of the commit: %w", err)
	}
	title := strings.Join([]string{"flowdeck", strings.TrimPrefix(info.Main.Version, "v"), goos, goarch}, "_")
	files := slices.Concat([]file{{name: name, path: binary, program: true}}, common)
	pack, ending := packTar, ".tar.gz"
	if goos == "windows" {
		pack, ending = packZip, ".zip"
	}
	archive := filepath.Join(out, title+ending)
	if err := write(archive, func(w io.Writer) error { return pack(w, title, files, committed) }); err != nil {
		return "", err
	}
	return archive, printSizes(archive, binary)
}

func setting(info *debug.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// write creates a file with the output of a function.
func write(path string, fill func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return cmp.Or(fill(f), f.Close())
}

func checksum(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return h.Sum(nil), err
}

func printSizes(archive, binary string) error {
	a, err := os.Stat(archive)
	if err != nil {
		return err
	}
	b, err := os.Stat(binary)
	if err != nil {
		return err
	}
	fmt.Printf("%-70s %5.1f MB, binary %.1f MB\n", filepath.Base(archive), float64(a.Size())/1e6, float64(b.Size())/1e6)
	return nil
}
