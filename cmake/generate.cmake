# SPDX-License-Identifier: LGPL-3.0-or-later
# Everything derived from src/**/actions.toml. The generator runs at configure time once, so that
# the list of its outputs is known, and again in the build whenever a declaration changes.
find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)
set(GENERATED ${CMAKE_BINARY_DIR}/generated)
file(GLOB_RECURSE DECLARATIONS CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/*.toml)
file(GLOB APIGEN CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tools/apigen/apigen/*.py)
set(GENERATE ${CMAKE_COMMAND} -E env PYTHONPATH=${CMAKE_SOURCE_DIR}/tools/apigen
             PYTHONDONTWRITEBYTECODE=1 ${Python3_EXECUTABLE} -m apigen)

execute_process(COMMAND ${GENERATE} ${CMAKE_SOURCE_DIR}/src ${GENERATED} ${CMAKE_SOURCE_DIR}/tests
                COMMAND_ERROR_IS_FATAL ANY)
file(GLOB GENERATED_LIBRARY ${GENERATED}/methods_*.cc ${GENERATED}/dispatch_*.cc
     ${GENERATED}/api_json.cc)
file(GLOB GENERATED_SHELL ${GENERATED}/shell_*.cc)
file(GLOB GENERATED_CAPI ${GENERATED}/capi_*.cc)
file(GLOB GENERATED_OTHER ${GENERATED}/*.h ${GENERATED}/actions/*.h ${GENERATED}/vmcraft/*
     ${GENERATED}/vmcraft.map ${GENERATED}/compat/guestfs.h ${GENERATED}/action_calls.cc ${GENERATED}/python/_actions.py)

add_custom_command(
  OUTPUT ${GENERATED}/stamp
  BYPRODUCTS ${GENERATED_LIBRARY} ${GENERATED_SHELL} ${GENERATED_CAPI} ${GENERATED_OTHER}
  COMMAND ${GENERATE} ${CMAKE_SOURCE_DIR}/src ${GENERATED} ${CMAKE_SOURCE_DIR}/tests
  COMMAND ${CMAKE_COMMAND} -E touch ${GENERATED}/stamp
  DEPENDS ${DECLARATIONS} ${APIGEN}
  COMMENT "Generating the API from its declarations")
add_custom_target(generate DEPENDS ${GENERATED}/stamp)
