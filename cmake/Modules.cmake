# sim_module(power USES inventory)   one line per room, so that the arrows of the house can be read.
#   Compiles every *.cpp of the room into dure_power. Every room stands on the hall.
# dure_test(power USES power)        one doctest binary per room, from tests/power/*.cpp.

add_library(dure_flags INTERFACE)
target_include_directories(dure_flags INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
target_compile_options(dure_flags INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wno-unused-parameter)
if(DURE_WARNINGS_AS_ERRORS)
  target_compile_options(dure_flags INTERFACE -Werror)
endif()
if(DURE_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
endif()

# Rooms that run once a command, not once an event: under sanitizers half of their time in ./check is the optimiser's.
function(dure_cold)
  foreach(target ${ARGN})
    target_compile_options(${target} PRIVATE $<$<CONFIG:Debug>:-O0>)
  endforeach()
endfunction()

# Large headers that most files of a room read, read once. Half of a build from nothing is spent in them.
function(dure_read_once target)
  target_precompile_headers(${target} PRIVATE ${ARGN})
  target_compile_options(${target} PRIVATE -fpch-preprocess)  # so that ccache sees through them
endfunction()

function(sim_module name)
  cmake_parse_arguments(ARG "" "" "USES;LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_library(dure_${name} STATIC ${sources})
  target_link_libraries(dure_${name} PUBLIC dure_hall ${ARG_LINK})
  foreach(room ${ARG_USES})
    target_link_libraries(dure_${name} PUBLIC $<TARGET_NAME_IF_EXISTS:dure_${room}>)  # a room may still be empty
  endforeach()
endfunction()

function(dure_test name)
  cmake_parse_arguments(ARG "" "" "USES;LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(test_${name} ${sources})
  target_link_libraries(test_${name} PRIVATE dure_test_main dure_hall ${ARG_LINK})
  foreach(room ${ARG_USES})
    target_link_libraries(test_${name} PRIVATE $<TARGET_NAME_IF_EXISTS:dure_${room}>)
  endforeach()
  dure_cold(test_${name})
  add_test(NAME ${name} COMMAND test_${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES ENVIRONMENT "ASAN_OPTIONS=detect_stack_use_after_return=0")
endfunction()
