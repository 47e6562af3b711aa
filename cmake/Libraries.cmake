# Third-party libraries, all from Debian 12. A new one needs a note in docs/design/.

find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(fmt REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tl-expected REQUIRED)
find_package(LibLZMA REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CURL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED COMPONENTS core)

# Debian ships no CMake package for these.
find_path(XXHASH_INCLUDE_DIR xxhash.h REQUIRED)
find_library(XXHASH_LIBRARY xxhash REQUIRED)
add_library(xxhash::xxhash UNKNOWN IMPORTED)
set_target_properties(xxhash::xxhash PROPERTIES
  IMPORTED_LOCATION ${XXHASH_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${XXHASH_INCLUDE_DIR})

find_path(ZSTD_INCLUDE_DIR zstd.h REQUIRED)
find_library(ZSTD_LIBRARY zstd REQUIRED)
add_library(zstd::zstd UNKNOWN IMPORTED)
set_target_properties(zstd::zstd PROPERTIES
  IMPORTED_LOCATION ${ZSTD_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${ZSTD_INCLUDE_DIR})

# Only its header: the library is loaded where it is used.
find_path(CBC_INCLUDE_DIR coin/Cbc_C_Interface.h REQUIRED)
add_library(cbc::cbc INTERFACE IMPORTED)
target_include_directories(cbc::cbc INTERFACE ${CBC_INCLUDE_DIR}/coin)
target_link_libraries(cbc::cbc INTERFACE ${CMAKE_DL_LIBS})

if(DURE_TESTS)
  find_package(GTest REQUIRED)
  find_package(rapidcheck REQUIRED)
  include(GoogleTest)
  # What a program of tests is linked with. Its own code runs once: optimising it would cost more than it saves.
  add_library(dure_test_options INTERFACE)
  target_compile_options(dure_test_options INTERFACE $<$<CONFIG:Release>:-O1>)
  target_link_libraries(dure_test_options INTERFACE dure_options GTest::gtest_main)
  # Tests that are short, or wait for a program.
  add_library(dure_cold_test_options INTERFACE)
  target_link_libraries(dure_cold_test_options INTERFACE dure_test_options dure_cold_options)
endif()
