# What Rota stands on; all of it from Debian 12.
find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS json)
find_package(yaml-cpp 0.7 CONFIG REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(CLI11 2.1 CONFIG REQUIRED)
find_package(fmt 9 CONFIG REQUIRED)
find_package(Threads REQUIRED)
