# Calls Authorization/Check with the gRPC and protobuf of Python, which share no code with Miftah. Each line of the
# input is a call in JSON, and each line of the output is its answer.
import base64
import json
import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

Field = descriptor_pb2.FieldDescriptorProto
kinds = {"text": Field.TYPE_STRING, "bytes": Field.TYPE_BYTES, "int": Field.TYPE_INT32, "bool": Field.TYPE_BOOL}

# The fields that Envoy fills or reads: name -> (number, type). "*" is a list, "map" has text in names and values.
messages = {
    "SocketAddress": {"address": (2, "text"), "port_value": (3, "int")},
    "Pipe": {"path": (1, "text")},
    "Address": {"socket_address": (1, "SocketAddress"), "pipe": (2, "Pipe")},
    "Peer": {"address": (1, "Address"), "principal": (4, "text")},
    "HeaderValue": {"key": (1, "text"), "value": (2, "text"), "raw_value": (3, "bytes")},
    "HeaderMap": {"headers": (1, "HeaderValue*")},
    "HttpRequest": {
        "id": (1, "text"), "method": (2, "text"), "headers": (3, "map"), "path": (4, "text"), "host": (5, "text"),
        "scheme": (6, "text"), "size": (9, "int"), "protocol": (10, "text"), "body": (11, "text"),
        "header_map": (13, "HeaderMap"),
    },
    "Request": {"http": (2, "HttpRequest")},
    "AttributeContext": {
        "source": (1, "Peer"), "destination": (2, "Peer"), "request": (4, "Request"), "context_extensions": (10, "map"),
    },
    "CheckRequest": {"attributes": (1, "AttributeContext")},
    "Status": {"code": (1, "int"), "message": (2, "text")},
    "HttpStatus": {"code": (1, "int")},
    "BoolValue": {"value": (1, "bool")},
    "HeaderValueOption": {"header": (1, "HeaderValue"), "append": (2, "BoolValue"), "append_action": (3, "int")},
    "DeniedHttpResponse": {"status": (1, "HttpStatus"), "headers": (2, "HeaderValueOption*"), "body": (3, "text")},
    "OkHttpResponse": {
        "headers": (2, "HeaderValueOption*"), "headers_to_remove": (5, "text*"),
        "response_headers_to_add": (6, "HeaderValueOption*"), "query_parameters_to_remove": (8, "text*"),
    },
    "CheckResponse": {
        "status": (1, "Status"), "denied_response": (2, "DeniedHttpResponse"), "ok_response": (3, "OkHttpResponse"),
    },
}


def classes():
    file = descriptor_pb2.FileDescriptorProto(name="check.proto", package="t", syntax="proto3")
    for name, fields in messages.items():
        message = file.message_type.add(name=name)
        for field_name, (number, kind) in fields.items():
            is_list = kind.endswith("*") or kind == "map"
            label = Field.LABEL_REPEATED if is_list else Field.LABEL_OPTIONAL
            field = message.field.add(name=field_name, number=number, label=label)
            bare = kind.rstrip("*")
            if kind == "map":
                entry_name = "".join(part.capitalize() for part in field_name.split("_")) + "Entry"
                entry = message.nested_type.add(name=entry_name)
                entry.options.map_entry = True
                for at, part in enumerate(("key", "value"), 1):
                    entry.field.add(name=part, number=at, label=Field.LABEL_OPTIONAL, type=Field.TYPE_STRING)
                field.type, field.type_name = Field.TYPE_MESSAGE, f".t.{name}.{entry_name}"
            elif bare in kinds:
                field.type = kinds[bare]
            else:
                field.type, field.type_name = Field.TYPE_MESSAGE, f".t.{bare}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)

    def of(name):
        descriptor = pool.FindMessageTypeByName(f"t.{name}")
        if hasattr(message_factory, "GetMessageClass"):
            return message_factory.GetMessageClass(descriptor)
        return message_factory.MessageFactory(pool).GetPrototype(descriptor)

    return of("CheckRequest"), of("CheckResponse")


CheckRequest, CheckResponse = classes()
channel = grpc.insecure_channel(sys.argv[1])
check = channel.unary_unary("/envoy.service.auth.v3.Authorization/Check")

for line in sys.stdin:
    call = json.loads(line)
    if "raw" in call:
        sent = base64.b64decode(call["raw"])
    else:
        sent = json_format.ParseDict(call["request"], CheckRequest()).SerializeToString()
    try:
        got = CheckResponse.FromString(check(sent, metadata=[tuple(pair) for pair in call["metadata"]], timeout=60))
        answer = json_format.MessageToDict(got, preserving_proto_field_name=True)
        print(json.dumps({"code": "OK", "response": answer}), flush=True)
    except grpc.RpcError as error:
        print(json.dumps({"code": error.code().name, "details": error.details()}), flush=True)
