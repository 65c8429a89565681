package report

import (
	"os"
	"path/filepath"

	"github.com/distributedstorage/ds/chaos/account"
)

// Write makes the folder and the files in it, and gives their paths. The command is what plays the same again.
func Write(folder string, scenarios []*account.Scenario, command string) ([]string, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	data, web := filepath.Join(folder, "chaos.json"), filepath.Join(folder, "chaos.html")
	if err := account.JSON(data, scenarios); err != nil {
		return nil, err
	}
	file, err := os.Create(web)
	if err != nil {
		return nil, err
	}
	err = page(file, scenarios, command)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return []string{data, web}, err
}
