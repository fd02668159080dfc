// Command server is an imagined service: the examples' multi-platform image is built from its module.
package main

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog/log"
	"github.com/spf13/cobra"
	bolt "go.etcd.io/bbolt"
	"go.uber.org/zap"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/text/language"
)

func serve(address string, events *zap.Logger) error {
	database, err := bolt.Open("app.db", 0o600, nil)
	if err != nil {
		return err
	}
	defer database.Close()
	store := redis.NewClient(&redis.Options{Addr: "store:6379"})
	router := chi.NewRouter()
	router.Get("/healthz", func(response http.ResponseWriter, request *http.Request) {
		if err := store.Ping(request.Context()).Err(); err != nil {
			http.Error(response, err.Error(), http.StatusServiceUnavailable)
		}
	})
	router.Post("/sessions", func(response http.ResponseWriter, request *http.Request) {
		hash, err := bcrypt.GenerateFromPassword([]byte(request.FormValue("password")), bcrypt.DefaultCost)
		if err != nil {
			http.Error(response, err.Error(), http.StatusBadRequest)
			return
		}
		claims := jwt.RegisteredClaims{ID: uuid.NewString(), Audience: []string{language.English.String()}}
		token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(hash)
		if err != nil {
			http.Error(response, err.Error(), http.StatusInternalServerError)
			return
		}
		events.Info("session")
		_, _ = response.Write([]byte(token))
	})
	return http.ListenAndServe(address, router)
}

func main() {
	command := &cobra.Command{Use: "server ADDRESS", Args: cobra.ExactArgs(1)}
	command.RunE = func(_ *cobra.Command, arguments []string) error { return serve(arguments[0], zap.NewExample()) }
	if err := command.Execute(); err != nil {
		log.Fatal().Err(err).Msg("stopped")
	}
}
