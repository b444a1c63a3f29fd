cmake_minimum_required(VERSION 3.22)
# Checks that the README's table of keys is what the program prints.
# cmake -DRACELANE=path -DREADME=path -P tests/readme.cmake
execute_process(COMMAND ${RACELANE} keys OUTPUT_VARIABLE keys RESULT_VARIABLE status)
if(NOT status EQUAL 0 OR keys STREQUAL "")
    message(FATAL_ERROR "racelane keys: exit status ${status}")
endif()
file(READ ${README} readme)
string(FIND "${readme}" "${keys}" place)
if(place EQUAL -1)
    message(FATAL_ERROR "README.md: the table of keys is not what `racelane keys` prints")
endif()
