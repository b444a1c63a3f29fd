cmake_minimum_required(VERSION 3.22)
# Installs into an empty folder and checks what is there.
# cmake -DBUILD=build -DPREFIX=folder -P tests/install.cmake
file(REMOVE_RECURSE ${PREFIX})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX}
                OUTPUT_VARIABLE out ERROR_VARIABLE out RESULT_VARIABLE status)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "cmake --install: ${out}")
endif()
foreach(file bin/racelane share/doc/racelane/README.md share/doc/racelane/copyright
        share/man/man1/racelane.1* share/bash-completion/completions/racelane
        share/zsh/vendor-completions/_racelane share/zsh/site-functions/_racelane
        share/fish/vendor_completions.d/racelane.fish)
    file(GLOB found ${PREFIX}/${file})
    if(NOT found)
        message(SEND_ERROR "${file} was not installed")
    endif()
    file(SIZE "${found}" size)
    if(size EQUAL 0)
        message(SEND_ERROR "${found} is empty")
    endif()
endforeach()
execute_process(COMMAND ${PREFIX}/bin/racelane --version OUTPUT_VARIABLE out RESULT_VARIABLE status)
if(NOT status EQUAL 0 OR NOT out MATCHES "^racelane [0-9.]+\n$")
    message(SEND_ERROR "the installed program: exit status ${status}: ${out}")
endif()
file(REMOVE_RECURSE ${PREFIX})
