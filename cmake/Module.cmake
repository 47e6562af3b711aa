# Tests that start threads, of all modules.
if(DURE_TESTS)
  add_custom_target(threads_tests)
endif()

# dure_module(name SOURCES file... HEADERS file... DEPS target... [TESTS file...] [THREADED] [COLD])
#
# One folder of src/dure is one library, dure::<name>. DEPS are the only modules and libraries it may use:
#   - a link test joins the whole library with its DEPS alone, and so finds every undefined symbol,
#   - every header is compiled on its own: by the source beside it, which includes it first, or by a check of the build,
#   - `tidy` (tests/tidy) checks that includes follow DEPS, and that first include.
# TESTS are GoogleTest files beside the code; they become the program <name>_test. THREADED says that they start
# threads: they get the label `threads`, belong to the target `threads_tests`, and run under ThreadSanitizer too.
# COLD says that its code waits more than it computes: see dure_cold_options.
function(dure_module name)
  cmake_parse_arguments(MODULE "THREADED;COLD" "" "SOURCES;HEADERS;DEPS;TESTS" ${ARGN})

  set(library dure_${name})
  set(alone ${MODULE_HEADERS})
  foreach(source IN LISTS MODULE_SOURCES)
    string(REGEX REPLACE "[.]cc$" ".h" header ${source})
    list(REMOVE_ITEM alone ${header})
  endforeach()
  set(beside_sources ${MODULE_HEADERS})
  list(REMOVE_ITEM beside_sources ${alone})
  add_library(${library} STATIC ${MODULE_SOURCES})
  add_library(dure::${name} ALIAS ${library})
  target_sources(${library} PUBLIC
    FILE_SET HEADERS BASE_DIRS ${CMAKE_SOURCE_DIR}/src FILES ${beside_sources}
    FILE_SET alone TYPE HEADERS BASE_DIRS ${CMAKE_SOURCE_DIR}/src FILES ${alone})
  target_include_directories(${library} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  set(options dure_options)
  if(MODULE_COLD)
    set(options dure_cold_options)
  endif()
  target_link_libraries(${library} PUBLIC ${MODULE_DEPS} PRIVATE ${options})

  if(NOT DURE_TESTS)
    return()
  endif()
  set_target_properties(${library} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON INTERFACE_HEADER_SETS_TO_VERIFY alone)

  if(NOT DURE_SANITIZE)
    file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name}_link_test.cc CONTENT "int main() {}\n")
    add_executable(${name}_link_test ${CMAKE_CURRENT_BINARY_DIR}/${name}_link_test.cc)
    target_link_options(${name}_link_test PRIVATE
      -Wl,--whole-archive $<TARGET_FILE:${library}> -Wl,--no-whole-archive)
    target_link_libraries(${name}_link_test PRIVATE ${MODULE_DEPS})
    add_dependencies(${name}_link_test ${library})
  endif()

  if(MODULE_TESTS)
    add_executable(${name}_test ${MODULE_TESTS})
    target_link_libraries(${name}_test PRIVATE ${library} dure_cold_test_options)
    set_target_properties(${name}_test PROPERTIES DURE_OF_MODULE ON)
    if(MODULE_THREADED)
      add_dependencies(threads_tests ${name}_test)
      set(labels PROPERTIES LABELS threads)
    endif()
    gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60 ${labels})
  endif()
endfunction()
