# dure_quicken(): called last, does what makes builds quick:
#   - DURE_TOGETHER: the files of a library, or of a program of tests, are compiled by the dozen, since most of what a
#     file costs is in the headers that it shares with those beside it. So names in anonymous namespaces differ
#     throughout a library, and throughout its tests.
#   - DURE_PRECOMPILED: what the standard library, fmt and GoogleTest cost to parse is paid once. g++ gains nothing.
# The preset `dev` goes without: one changed file is one file to compile, and a forgotten include is found.
set(DURE_FILES_AT_ONCE 12)

function(dure_quicken)
  if(DURE_PRECOMPILED)
    file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/precompiled.cc CONTENT "")
    # They differ in optimisation.
    foreach(options IN ITEMS dure_options dure_cold_options dure_test_options dure_cold_test_options)
      add_library(${options}_precompiled OBJECT ${CMAKE_BINARY_DIR}/precompiled.cc)
      target_link_libraries(${options}_precompiled PRIVATE ${options} fmt::fmt tl::expected Boost::json GTest::gtest)
      target_precompile_headers(${options}_precompiled PRIVATE
        <algorithm> <array> <chrono> <filesystem> <fstream> <functional> <map> <memory> <mutex> <optional> <set> <span>
        <sstream> <string> <string_view> <thread> <tuple> <unordered_map> <utility> <variant> <vector>
        <fmt/format.h> <tl/expected.hpp> <boost/json.hpp> <gtest/gtest.h>)
    endforeach()
  endif()
  dure_quicken_folder(${CMAKE_SOURCE_DIR})
endfunction()

function(dure_quicken_folder folder)
  get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(type ${target} TYPE)
    get_target_property(uses ${target} LINK_LIBRARIES)
    if(DURE_PRECOMPILED AND type MATCHES "STATIC_LIBRARY|EXECUTABLE" AND uses MATCHES "dure_(cold_)?(test_)?options")
      target_precompile_headers(${target} REUSE_FROM ${CMAKE_MATCH_0}_precompiled)
    endif()
    get_target_property(of_module ${target} DURE_OF_MODULE)
    if(DURE_TOGETHER AND (type STREQUAL "STATIC_LIBRARY" OR of_module))
      set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${DURE_FILES_AT_ONCE})
    endif()
  endforeach()
  get_property(folders DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
  foreach(below IN LISTS folders)
    dure_quicken_folder(${below})
  endforeach()
endfunction()
