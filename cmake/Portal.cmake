# The portal is built by npm, and lies as a folder beside the program. DURE_PORTAL: OFF, ON, or AUTO: where there is npm.
set(DURE_PORTAL AUTO CACHE STRING "Build the portal with npm: ON, OFF, or AUTO (where npm is found)")

set(dure_npm "")
if(NOT DURE_PORTAL STREQUAL "OFF")
  find_program(DURE_NPM npm)
  if(DURE_NPM)
    set(dure_npm ${DURE_NPM})
  elseif(DURE_PORTAL STREQUAL "ON")
    message(FATAL_ERROR "The portal needs npm: apt-get install npm, or -DDURE_PORTAL=OFF")
  else()
    message(STATUS "No npm: building without the portal")
  endif()
endif()
if(NOT dure_npm)
  add_custom_target(portal)
  return()
endif()

# Packages are fetched again only when the lock file has changed, and lie beside it: all builds share them.
set(portal ${CMAKE_SOURCE_DIR}/portal)
add_custom_command(
  OUTPUT ${CMAKE_BINARY_DIR}/portal.packages
  COMMAND ${CMAKE_COMMAND} -E chdir ${portal} ${dure_npm} ci --no-audit --no-fund --loglevel=error
  COMMAND ${CMAKE_COMMAND} -E touch ${CMAKE_BINARY_DIR}/portal.packages
  DEPENDS ${portal}/package-lock.json ${portal}/package.json
  COMMENT "Fetching the portal's packages"
  VERBATIM)

file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${portal}/src/* ${portal}/public/*)
set(folder $<TARGET_FILE_DIR:dure>/portal)
add_custom_command(
  OUTPUT ${CMAKE_BINARY_DIR}/portal.built
  COMMAND ${CMAKE_COMMAND} -E chdir ${portal} ${CMAKE_COMMAND} -E env PORTAL_OUT=${folder} ${dure_npm} run --silent build
  COMMAND ${CMAKE_COMMAND} -E touch ${CMAKE_BINARY_DIR}/portal.built
  DEPENDS ${sources} ${portal}/index.html ${portal}/vite.config.ts ${portal}/tsconfig.json
          ${CMAKE_BINARY_DIR}/portal.packages
  COMMENT "Building the portal"
  VERBATIM)
add_custom_target(portal ALL DEPENDS ${CMAKE_BINARY_DIR}/portal.built)

# What is pure of it; what needs a browser is a lane of .ci/run.
if(DURE_TESTS)
  add_test(NAME portal.Unit COMMAND ${dure_npm} test --silent WORKING_DIRECTORY ${portal})
endif()
