// A NestJS server with Miftah inside: npm run build && npm start [PORT].
import 'reflect-metadata';
import { Controller, Get, Injectable, Module, type OnModuleDestroy, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Miftah, openMiftah } from 'miftah';
import { ApiKeyModule, Auth, Public, RequireScopes } from 'miftah/nest';

@Injectable()
class Keys implements OnModuleDestroy {
  readonly opening: Promise<Miftah> = openMiftah({ config: 'miftah.yaml' });

  async onModuleDestroy(): Promise<void> {
    await (await this.opening).close();
  }
}

@Module({ providers: [Keys], exports: [Keys] })
class KeysModule {}

@Controller()
class HealthController {
  @Public()
  @Get('health')
  health() {
    return { ok: true };
  }
}

@Controller('v1')
class PaymentsController {
  @Get('orders')
  orders(@Auth() auth: Auth) {
    return { ordersOf: auth.orgId };
  }

  @Post('payments')
  pay(@Auth() auth: Auth) {
    return { paidBy: auth.keyId };
  }

  @RequireScopes('refunds:write')
  @Post('refunds')
  refund(@Auth() auth: Auth) {
    return { refundedBy: auth.keyId };
  }
}

@Module({
  imports: [
    ApiKeyModule.forRootAsync({
      imports: [KeysModule],
      inject: [Keys],
      useFactory: async (keys: Keys) => ({ gate: (await keys.opening).api('acme') }),
    }),
  ],
  controllers: [HealthController, PaymentsController],
})
class AppModule {}

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
  app.enableShutdownHooks();
  await app.listen(Number(process.argv[2] ?? 8080), '127.0.0.1');
  console.log(`Listening on ${await app.getUrl()}`);
}
void main();
