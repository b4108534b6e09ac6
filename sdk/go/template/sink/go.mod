module example.com/my-plugin

go 1.24

require caisson.dev/sdk-go v0.1.0

replace caisson.dev/sdk-go => ../..
