module caisson.dev/sdk-go

go 1.24
